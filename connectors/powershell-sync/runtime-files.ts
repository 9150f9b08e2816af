/** The file of ours that starts a script of synchronization. Windows PowerShell 5.1 runs it too. */

const runExport = `# Starts a script that exports: sets its variables, and its parameters where it declares them.
# Written anew by Lockstep whenever it differs; do not change it.
param(
    [Parameter(Mandatory = $true)] [string] $LockstepScript,
    [Parameter(Mandatory = $true)] [string] $LockstepOutputPath,
    [Parameter(Mandatory = $true)] [string] $LockstepIsIncremental,
    [Parameter(Mandatory = $true)] [string] $LockstepCookiePath
)
# A script that met an error has not read everything: it ends there, unless it says otherwise itself.
$ErrorActionPreference = 'Stop'
try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding -ArgumentList $false } catch { }
if (Test-Path Variable:PSStyle) { $PSStyle.OutputRendering = 'PlainText' }
$OutputPath = $LockstepOutputPath
$IsIncremental = ($LockstepIsIncremental -eq 'true')
$CookiePath = $LockstepCookiePath
$LockstepNamed = @{}
$LockstepKnown = (Get-Command -Name $LockstepScript -CommandType ExternalScript).Parameters
foreach ($LockstepName in 'OutputPath', 'IsIncremental', 'CookiePath') {
    if ($null -ne $LockstepKnown -and $LockstepKnown.ContainsKey($LockstepName)) {
        $LockstepNamed[$LockstepName] = Get-Variable -Name $LockstepName -ValueOnly
    }
}
$global:LASTEXITCODE = 0
. $LockstepScript @LockstepNamed
exit $global:LASTEXITCODE
`;

export const exportStarter = 'Lockstep-Run-Export.ps1';

export const powershellExportRuntime: Readonly<Record<string, string>> = {
  [exportStarter]: runExport,
};
