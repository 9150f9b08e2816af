# Lists the mailboxes. With Exchange this would be Get-Mailbox; here they lie in a file.
Import-Csv -LiteralPath (Join-Path $PSScriptRoot '../data/mailboxes.csv') -Encoding UTF8 |
    Select-Object Alias, DisplayName, Office |
    Export-Csv -LiteralPath ($OutputPath + 'mailboxes.csv') -NoTypeInformation -Encoding UTF8
