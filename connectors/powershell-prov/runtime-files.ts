/** What scripts of PowerShell load from the runtime folder: the loop over orders. Windows PowerShell 5.1 runs it too. */

const visitOrders = String.raw`# Loops over provisioning orders: calls a function with each and writes what became of it.
# Written anew by Lockstep whenever it differs; do not change it.

# Text of dates must stay text: before PowerShell 7.5 only this way of reading leaves it alone.
function Lockstep-Read-Element($element) {
    switch ($element.ValueKind.ToString()) {
        'Object' {
            $members = [ordered]@{}
            foreach ($member in $element.EnumerateObject()) {
                $members[$member.Name] = Lockstep-Read-Element $member.Value
            }
            return [pscustomobject]$members
        }
        'Array' {
            $items = @(foreach ($item in $element.EnumerateArray()) { Lockstep-Read-Element $item })
            return , $items
        }
        'String' { return $element.GetString() }
        'Number' { return $element.GetDecimal() }
        'True' { return $true }
        'False' { return $false }
        default { return $null }
    }
}

function Lockstep-Read-Json([string] $path) {
    $text = [System.IO.File]::ReadAllText($path, [System.Text.Encoding]::UTF8)
    if ((Get-Command ConvertFrom-Json).Parameters.ContainsKey('DateKind')) {
        return ConvertFrom-Json -InputObject $text -DateKind String
    }
    if ($PSVersionTable.PSVersion.Major -lt 6) {
        return ConvertFrom-Json -InputObject $text
    }
    $document = [System.Text.Json.JsonDocument]::Parse($text)
    try { return Lockstep-Read-Element $document.RootElement } finally { $document.Dispose() }
}

# Each line is on disk before the next order begins: a script that is ended keeps what it has done.
function Lockstep-Write-Result([string] $path, [string] $id, [string] $state, [string] $message) {
    $cells = @($id, $state, ($message -replace '\s+', ' ')) | ForEach-Object { '"' + ($_ -replace '"', '""') + '"' }
    $utf8 = New-Object System.Text.UTF8Encoding -ArgumentList $false
    [System.IO.File]::AppendAllText($path, ($cells -join ',') + [char]10, $utf8)
}

function Lockstep-Write-Error([string] $message) {
    [Console]::Error.WriteLine($message)
}

function Usercube-Visit-Orders {
    param(
        [Parameter(Mandatory = $true, Position = 0)] [string] $resultsFilePath,
        [Parameter(Mandatory = $true, Position = 1)] [string] $ordersPath,
        [Parameter(Mandatory = $true, Position = 2)] [string] $functionName
    )
    try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding -ArgumentList $false } catch { }
    if (Test-Path Variable:PSStyle) { $PSStyle.OutputRendering = 'PlainText' }
    Lockstep-Write-Result $resultsFilePath 'AssignedResourceTypeId' 'State' 'Message'
    foreach ($lockstepFile in (Get-ChildItem -LiteralPath $ordersPath -Filter '*.json' | Sort-Object -Property Name)) {
        $lockstepContent = Lockstep-Read-Json $lockstepFile.FullName
        foreach ($order in $lockstepContent.ProvisioningOrdersList) {
            $lockstepId = [string] $order.AssignedResourceTypeId
            Lockstep-Write-Result $resultsFilePath $lockstepId 'Started' ''
            $lockstepErrors = New-Object System.Collections.Generic.List[string]
            try {
                & $functionName $order 2>&1 | ForEach-Object {
                    if ($_ -is [System.Management.Automation.ErrorRecord]) {
                        Lockstep-Write-Error $_.ToString()
                        # Programs write to their error output without having failed.
                        if ($_.FullyQualifiedErrorId -notlike 'NativeCommandError*') { $lockstepErrors.Add($_.ToString()) }
                    }
                    else { $_ | Out-Host }
                }
            }
            catch {
                Lockstep-Write-Error $_.ToString()
                $lockstepErrors.Add($_.ToString())
            }
            if ($lockstepErrors.Count -gt 0) {
                Lockstep-Write-Result $resultsFilePath $lockstepId 'Error' ($lockstepErrors -join ' / ')
            }
            else { Lockstep-Write-Result $resultsFilePath $lockstepId 'Executed' '' }
        }
    }
}

function identitymanager-Visit-Orders {
    param(
        [Parameter(Mandatory = $true, Position = 0)] [string] $resultsFilePath,
        [Parameter(Mandatory = $true, Position = 1)] [string] $ordersPath,
        [Parameter(Mandatory = $true, Position = 2)] [string] $functionName
    )
    Usercube-Visit-Orders $resultsFilePath $ordersPath $functionName
}
`;

/** By name of the file: the same loop under both names that scripts use. */
export const powershellRuntime: Readonly<Record<string, string>> = {
  'Usercube-Visit-Orders.ps1': visitOrders,
  'identitymanager-Visit-Orders.ps1': visitOrders,
};
