# Carries out orders on mailboxes. With Exchange this would be New-Mailbox and so on; here they lie in a file.
param(
    [Parameter(Mandatory = $true)] [string] $resultsFilePath,
    [Parameter(Mandatory = $true)] [string] $ordersPath
)
. (Join-Path -Path $PSScriptRoot -ChildPath 'Environment.ps1')
. (Join-Path -Path $runtimePath -ChildPath 'Usercube-Visit-Orders.ps1')

$options = [Console]::ReadLine() | ConvertFrom-Json
$file = Join-Path $PSScriptRoot '../data/mailboxes.csv'

function Set-Mailbox-Of-Order($order) {
    if ([string]::IsNullOrEmpty($options.Password)) { throw 'There is no password for Exchange.' }
    $mailboxes = @(Import-Csv -LiteralPath $file -Encoding UTF8)
    $changes = $order.Changes
    $alias = if ($changes.Alias) { $changes.Alias } else { $order.Resource.Alias }
    $mailbox = $mailboxes | Where-Object { $_.Alias -eq $alias }
    switch ($order.ChangeType) {
        'Added' {
            if ($mailbox) { throw "[already-exists] There is a mailbox $alias." }
            $mailboxes += [pscustomobject]@{ Alias = $alias; DisplayName = $changes.DisplayName; Office = $changes.Office }
        }
        'Modified' {
            if (-not $mailbox) { throw "[not-found] There is no mailbox $alias." }
            foreach ($name in 'DisplayName', 'Office') {
                if ($changes.PSObject.Properties.Name -contains $name) { $mailbox.$name = $changes.$name }
            }
        }
        'Deleted' { $mailboxes = @($mailboxes | Where-Object { $_.Alias -ne $alias }) }
        default { throw "An unknown change: $($order.ChangeType)" }
    }
    $mailboxes | Export-Csv -LiteralPath $file -NoTypeInformation -Encoding UTF8
    Write-Host "$($order.ChangeType) $alias"
}

Usercube-Visit-Orders $resultsFilePath $ordersPath Set-Mailbox-Of-Order
