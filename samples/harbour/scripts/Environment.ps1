# Where the loop over orders lies. Lockstep names the folder to every script it starts.
$runtimePath = $env:LOCKSTEP_RUNTIME_PATH
