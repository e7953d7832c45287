#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
.SYNOPSIS
    Tests on a real Windows what Wine cannot show: keys of the machine's store, the Event Log, starts and restarts.

.DESCRIPTION
    Creates test certificates in the stores of the machine (names that begin with lsam-test) and an instance of the agent
    with the services LSAMTEST and JORSTEST in a temporary folder, and connects to it with netcom.exe and with the TLS
    of Windows. Everything is removed at the end, even after a failure.

    Each step prints PASS or FAIL. The exit code is the number of steps that failed.

    Needs an elevated console, Windows 10 or Windows Server 2016 or later, and two free ports.

.PARAMETER Lsam
    The folder with lsam.exe and netcom.exe.

.PARAMETER Port
    The port of the agent; JORS gets the next one.

.PARAMETER Crash
    Also end the agent's process and wait until Windows has started it again, which takes a minute.

.EXAMPLE
    powershell.exe -ExecutionPolicy Bypass -File windows-store.ps1 -Lsam C:\Download\lsam -Crash
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [string] $Lsam,
    [int] $Port = 43100,
    [switch] $Crash
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# An absolute path, because services have another current folder.
$Lsam = (Resolve-Path -LiteralPath $Lsam).ProviderPath
$lsamExe = Join-Path $Lsam 'lsam.exe'
$netcomExe = Join-Path $Lsam 'netcom.exe'
$folder = Join-Path $env:ProgramData ('lsam-test-' + [guid]::NewGuid().ToString('N'))
$ini = Join-Path $folder 'MSLSAM.ini'
$log = Join-Path $folder 'Log\MSLSAM.log'
$agentName = 'lsam-test-agent.example'
$clientName = 'lsam-test-client.example'
$agentService = 'LSAMTEST'
$jorsService = 'JORSTEST'
$password = 'lsam-test'
$begun = Get-Date
$softwareKsp = 'Microsoft Software Key Storage Provider'

$script:passed = 0
$script:failed = 0

# --- Tools for the steps -----------------------------------------------------------------------------------------------

function Write-Failure {
    param([string] $Title, [string] $Reason)
    $script:failed++
    Write-Host "FAIL  $Title"
    foreach ($line in ($Reason -split "`r?`n")) {
        Write-Host "      $line"
    }
}

# Runs a step. An exception makes it fail; the next one still runs.
function Invoke-Step {
    # A body sees this function's variables before those of the place where it is written.
    param([string] $StepTitle, [scriptblock] $StepBody)
    try {
        & $StepBody | Out-Null
        $script:passed++
        Write-Host "PASS  $StepTitle"
    } catch {
        Write-Failure $StepTitle $_.Exception.Message
    }
}

function Confirm-That {
    param([bool] $Condition, [string] $Otherwise)
    if (-not $Condition) {
        throw $Otherwise
    }
}

# Runs a program; returns its exit code and everything that it printed.
function Invoke-Program {
    param([string] $Program, [string[]] $Arguments)
    # Otherwise, anything that a program writes to its standard error would be an exception.
    $ErrorActionPreference = 'Continue'
    $lines = & $Program $Arguments 2>&1 | ForEach-Object { "$_" }
    New-Object PSObject -Property @{ Code = $LASTEXITCODE; Text = ($lines -join "`n") }
}

# Runs a program that must succeed; returns what it printed.
function Invoke-Good {
    param([string] $Program, [string[]] $Arguments)
    $result = Invoke-Program $Program $Arguments
    Confirm-That ($result.Code -eq 0) "$Program $Arguments ended with $($result.Code):`n$($result.Text)"
    $result.Text
}

# Runs a program that must fail; returns what it printed.
function Invoke-Bad {
    param([string] $Program, [string[]] $Arguments)
    $result = Invoke-Program $Program $Arguments
    Confirm-That ($result.Code -ne 0) "$Program $Arguments succeeded, which it should not:`n$($result.Text)"
    $result.Text
}

function Set-Ini {
    param([string] $Section, [string] $Key, [string] $Value)
    Invoke-Good $lsamExe @('config', '--config', $ini, 'set', $Section, $Key, $Value)
}

function Invoke-Service {
    param([string] $Command)
    Invoke-Good $lsamExe @('service', $Command, '--config', $ini)
}

function Test-Text {
    param([string] $Text, [string] $Words)
    Confirm-That ($Text.Contains($Words)) "this does not say '$Words':`n$Text"
}

# Waits until the agent's log, which is being written, contains $Words.
function Test-Log {
    param([string] $Words)
    for ($try = 0; $try -lt 10; $try++) {
        $text = "$(Get-Content -LiteralPath $log -Raw -Encoding UTF8)"
        if ($text.Contains($Words)) {
            return
        }
        Start-Sleep -Milliseconds 500
    }
    throw "MSLSAM.log does not say '$Words'"
}

# --- Certificates ------------------------------------------------------------------------------------------------------

# A self-signed certificate with its key in $Store; $Key selects the kind of key. Keys of the machine's certificates
# are among the machine's keys.
function New-TestCertificate {
    param([string] $Name, [hashtable] $Key, [string] $Store = 'LocalMachine')
    $parameters = @{
        Subject           = "CN=$Name"
        DnsName           = $Name
        CertStoreLocation = "Cert:\$Store\My"
        KeyUsage          = 'DigitalSignature'
        KeyExportPolicy   = 'Exportable'
        HashAlgorithm     = 'SHA256'
        NotAfter          = (Get-Date).AddDays(7)
    }
    New-SelfSignedCertificate @parameters @Key
}

# Writes the certificate to a file and makes it trusted on this machine; returns the path of the file.
function Publish-Certificate {
    param($Certificate)
    $file = Join-Path $folder ($Certificate.Thumbprint + '.cer')
    Export-Certificate -Cert $Certificate -FilePath $file | Out-Null
    Import-Certificate -FilePath $file -CertStoreLocation 'Cert:\LocalMachine\Root' | Out-Null
    $file
}

# Writes the certificate with its key to a .pfx file, and its password beside it; returns the path of the file.
function Export-TestPfx {
    param($Certificate)
    $file = Join-Path $folder ($Certificate.Thumbprint + '.pfx')
    $secret = ConvertTo-SecureString -String $password -AsPlainText -Force
    Export-PfxCertificate -Cert $Certificate -FilePath $file -Password $secret | Out-Null
    [IO.File]::WriteAllText([IO.Path]::ChangeExtension($file, '.password'), $password)
    $file
}

function Remove-TestCertificates {
    foreach ($store in @('LocalMachine\My', 'CurrentUser\My', 'LocalMachine\Root')) {
        $found = Get-ChildItem -Path "Cert:\$store" | Where-Object { $_.Subject -like 'CN=lsam-test-*' }
        foreach ($certificate in @($found)) {
            $path = "Cert:\$store\$($certificate.Thumbprint)"
            if ($store -like '*\My') {
                Remove-Item -Path $path -DeleteKey
            } else {
                Remove-Item -Path $path
            }
        }
    }
}

# --- Connections -------------------------------------------------------------------------------------------------------

# Asks the agent for its status as the scheduling server does; returns what netcom printed.
function Invoke-Netcom {
    param([string] $Trust, [string[]] $More = @())
    $arguments = @('status', '--machine', "127.0.0.1:$Port", '--tls', '--trust', $Trust, '--name', $agentName) + $More
    Invoke-Good $netcomExe $arguments
}

# Connects with the TLS of Windows, which verifies the agent's certificate with the stores of this machine; returns
# the stream.
function Connect-Schannel {
    param([int] $To, $ClientCertificate = $null)
    $tcp = New-Object System.Net.Sockets.TcpClient
    $tcp.ReceiveTimeout = 30000
    $tcp.SendTimeout = 30000
    $tcp.Connect('127.0.0.1', $To)
    try {
        $stream = New-Object System.Net.Security.SslStream -ArgumentList @($tcp.GetStream(), $false)
        $own = New-Object System.Security.Cryptography.X509Certificates.X509CertificateCollection
        if ($null -ne $ClientCertificate) {
            [void] $own.Add($ClientCertificate)
        }
        $stream.AuthenticateAsClient($agentName, $own, [System.Security.Authentication.SslProtocols]::Tls12, $false)
        $stream
    } catch {
        $tcp.Close()
        throw
    }
}

function Test-Schannel {
    param([int] $To, $ClientCertificate = $null)
    $stream = Connect-Schannel -To $To -ClientCertificate $ClientCertificate
    try {
        Confirm-That ($stream.SslProtocol -eq [System.Security.Authentication.SslProtocols]::Tls12) `
            "the protocol is $($stream.SslProtocol)"
        Confirm-That ($stream.IsMutuallyAuthenticated -eq ($null -ne $ClientCertificate)) `
            "mutual authentication is $($stream.IsMutuallyAuthenticated)"
    } finally {
        $stream.Close()
    }
}

# --- Services and events -----------------------------------------------------------------------------------------------

function Get-ServiceRegistry {
    param([string] $Name)
    Get-ItemProperty -Path "HKLM:\SYSTEM\CurrentControlSet\Services\$Name"
}

# Waits for an event of $Source whose text contains $Words; returns it.
function Wait-Event {
    param([string] $Source, [string] $Words)
    $filter = @{ LogName = 'Application'; ProviderName = $Source; StartTime = $begun }
    for ($try = 0; $try -lt 20; $try++) {
        # Without an event, this is an error.
        $events = @(Get-WinEvent -FilterHashtable $filter -ErrorAction SilentlyContinue)
        foreach ($event_ in $events) {
            if ("$($event_.Message)".Contains($Words)) {
                return $event_
            }
        }
        Start-Sleep -Milliseconds 500
    }
    $texts = ($events | ForEach-Object { "$($_.Message)" }) -join "`n"
    throw "no event of $Source says '$Words'; there are:`n$texts"
}

# --- The steps ---------------------------------------------------------------------------------------------------------

# Makes the agent use $Certificate and connects to both services in both ways.
function Test-Key {
    param([string] $Kind, $Certificate, [string[]] $Schemes)
    $trust = Publish-Certificate $Certificate
    Invoke-Step "${Kind}: the certificate is found with its key" {
        $text = Invoke-Good $lsamExe @('cert', 'find', $Certificate.SerialNumber)
        Test-Text $text 'The agent takes LocalMachine\My.'
    }
    Invoke-Step "${Kind}: the services start with it" {
        Set-Ini 'General Settings' 'TLSCertificateSerial' $Certificate.SerialNumber
        Set-Ini 'General Settings' 'UseSecureSocket' 'TRUE'
        Invoke-Service 'restart'
        foreach ($name in @($agentService, $jorsService)) {
            $status = (Get-Service -Name $name).Status
            Confirm-That ($status -eq 'Running') "$name is $status"
        }
    }
    Invoke-Step "${Kind}: netcom connects; signature $($Schemes -join ' or ')" {
        $text = Invoke-Netcom $trust
        $good = @($Schemes | Where-Object { $text.Contains($_) })
        Confirm-That ($good.Count -gt 0) "another signature was made:`n$text"
    }
    Invoke-Step "${Kind}: TLS 1.2 of Windows connects to the agent and to JORS" {
        Test-Schannel -To $Port
        Test-Schannel -To ($Port + 1)
    }
}

try {
    foreach ($program in @($lsamExe, $netcomExe)) {
        if (-not (Test-Path -LiteralPath $program)) {
            throw "$program is not there; -Lsam names the folder of both programs"
        }
    }
    # Leftovers of an earlier run that was killed.
    Remove-TestCertificates
    New-Item -ItemType Directory -Path $folder | Out-Null

    Invoke-Step 'a configuration and two services' {
        Invoke-Good $lsamExe @('config', '--config', $ini, 'template')
        Set-Ini 'General Settings' 'ShortServiceName' $agentService
        Set-Ini 'General Settings' 'DisplayServiceName' 'LSAM Test Agent'
        Set-Ini 'TCP/IP Parameters' 'SocketNumberToSAM' "$Port"
        Set-Ini 'JORS Settings' 'JORSSocket' "$($Port + 1)"
        Set-Ini 'SMAFT Settings' 'SmaftServerSocket' "$($Port + 1)"
        Set-Ini 'Debug Options' 'LogCriticalErrorsAsEvents' 'ON'
        $text = Invoke-Service 'install'
        # LSAMTEST comes with JORSTEST.
        Test-Text $text "($jorsService) is installed"
        Confirm-That (-not $text.Contains('warning')) "installing has a warning:`n$text"
    }

    foreach ($name in @($agentService, $jorsService)) {
        Write-Host "----- $name, as Windows has it"
        Write-Host (Invoke-Program 'sc.exe' @('qc', $name)).Text
        Write-Host (Invoke-Program 'sc.exe' @('qfailure', $name)).Text
        Write-Host '-----'
        # The output of sc.exe is in the language of the machine; the registry is not.
        Invoke-Step "${name}: delayed automatic start, after the network, with a description" {
            $service = Get-ServiceRegistry $name
            Confirm-That ($service.Start -eq 2) "Start is $($service.Start), not 2"
            Confirm-That ($service.DelayedAutostart -eq 1) "DelayedAutostart is $($service.DelayedAutostart), not 1"
            Confirm-That (@($service.DependOnService) -contains 'Tcpip') "it depends on $($service.DependOnService)"
            Confirm-That ("$($service.Description)" -ne '') 'there is no description'
        }
        Invoke-Step "${name}: three restarts after crashes, each after a minute, counted for a day" {
            # SERVICE_FAILURE_ACTIONS as stored: seconds, two offsets, count, offset; then a type (1 is restart) and
            # milliseconds for each.
            [byte[]] $actions = (Get-ServiceRegistry $name).FailureActions
            Confirm-That ([BitConverter]::ToUInt32($actions, 0) -eq 86400) 'the count is not reset after a day'
            Confirm-That ([BitConverter]::ToUInt32($actions, 12) -eq 3) 'there are not three actions'
            for ($at = 20; $at -lt 44; $at += 8) {
                Confirm-That ([BitConverter]::ToUInt32($actions, $at) -eq 1) 'an action is no restart'
                Confirm-That ([BitConverter]::ToUInt32($actions, $at + 4) -eq 60000) 'a restart is not after a minute'
            }
        }
    }

    # Keys of each kind that a store can have. Some systems return the older provider's key through CNG, which then signs
    # with PSS too.
    $kinds = @(
        @{
            Kind    = 'ECDSA P-256 of CNG'
            Key     = @{ KeyAlgorithm = 'ECDSA_nistP256'; CurveExport = 'CurveName'; Provider = $softwareKsp }
            Schemes = @('ecdsa_secp256r1_sha256')
        },
        @{
            Kind    = 'ECDSA P-384 of CNG'
            Key     = @{ KeyAlgorithm = 'ECDSA_nistP384'; CurveExport = 'CurveName'; Provider = $softwareKsp }
            Schemes = @('ecdsa_secp384r1_sha384')
        },
        @{
            Kind    = 'RSA of CNG'
            Key     = @{ KeyAlgorithm = 'RSA'; KeyLength = 2048; Provider = $softwareKsp }
            Schemes = @('rsa_pss_rsae_sha256')
        },
        @{
            Kind    = 'RSA of an older provider'
            Key     = @{
                KeyAlgorithm = 'RSA'; KeyLength = 2048; KeySpec = 'KeyExchange'
                Provider = 'Microsoft RSA SChannel Cryptographic Provider'
            }
            Schemes = @('rsa_pkcs1_sha256', 'rsa_pss_rsae_sha256')
        }
    )
    $exported = @()
    foreach ($entry in $kinds) {
        $certificate = $null
        try {
            $certificate = New-TestCertificate -Name $agentName -Key $entry.Key
        } catch {
            Write-Failure "$($entry.Kind): Windows makes a certificate" $_.Exception.Message
            continue
        }
        Test-Key -Kind $entry.Kind -Certificate $certificate -Schemes $entry.Schemes
        $exported += @{
            Kind = $entry.Kind; Schemes = $entry.Schemes; Certificate = $certificate
            Pfx = (Export-TestPfx $certificate)
        }
    }

    # The same certificates once more, with keys imported by lsam.
    foreach ($entry in $exported) {
        $path = "Cert:\LocalMachine\My\$($entry.Certificate.Thumbprint)"
        Remove-Item -Path $path -DeleteKey
        Invoke-Step "$($entry.Kind): lsam cert import puts it among the machine's keys, not to be exported" {
            $text = Invoke-Good $lsamExe @('cert', 'import', $entry.Pfx)
            Test-Text $text 'put into LocalMachine\My'
            Test-Text $text 'its private key signs'
            $again = Join-Path $folder 'again.pfx'
            $secret = ConvertTo-SecureString -String $password -AsPlainText -Force
            $refused = $false
            try {
                Export-PfxCertificate -Cert $path -FilePath $again -Password $secret | Out-Null
            } catch {
                $refused = $true
            }
            Confirm-That $refused 'the imported key can be exported'
        }
        if (Test-Path -Path $path) {
            Test-Key -Kind "$($entry.Kind), imported" -Certificate (Get-Item -Path $path) -Schemes @('ecdsa_', 'rsa_')
        }
    }

    $agentCertificate = Get-ChildItem -Path 'Cert:\LocalMachine\My' |
        Where-Object { $_.Subject -eq "CN=$agentName" } | Select-Object -Last 1
    $trust = Publish-Certificate $agentCertificate

    # A client with a certificate. It is not in My of the machine, because the agent trusts what is there. The text
    # extension is the extended key usage Client Authentication.
    $client = New-TestCertificate -Name $clientName -Store 'CurrentUser' -Key @{
        Type = 'Custom'; KeyAlgorithm = 'RSA'; KeyLength = 2048; Provider = $softwareKsp
        TextExtension = @('2.5.29.37={text}1.3.6.1.5.5.7.3.2')
    }
    $clientPfx = Export-TestPfx $client
    Invoke-Step 'validation: a client that the machine does not trust is refused, and the log says why' {
        Set-Ini 'General Settings' 'TLSCertificateSerial' $agentCertificate.SerialNumber
        Set-Ini 'General Settings' 'TLSClientValidation' 'TRUE'
        Invoke-Service 'restart'
        $text = Invoke-Bad $netcomExe @('status', '--machine', "127.0.0.1:$Port", '--tls', '--trust', $trust,
            '--name', $agentName, '--cert', $clientPfx)
        Test-Text $text 'unknown_ca'
        Test-Log "no trusted root issued the certificate. The certificate: subject CN=$clientName"
    }
    Invoke-Step 'validation: a client without a certificate is refused, and the log says why' {
        $connected = $false
        try {
            Test-Schannel -To $Port
            $connected = $true
        } catch {
            Write-Verbose "refused: $($_.Exception.Message)"
        }
        Confirm-That (-not $connected) 'the client is connected'
        Test-Log 'the client presented no certificate, which is required here'
    }
    Invoke-Step 'validation: a client that the machine trusts is connected, netcom and TLS of Windows' {
        Publish-Certificate $client
        Invoke-Service 'restart'
        Invoke-Netcom $trust @('--cert', $clientPfx)
        Test-Schannel -To $Port -ClientCertificate $client
        Test-Schannel -To ($Port + 1) -ClientCertificate $client
    }
    Invoke-Step 'validation off again' {
        Set-Ini 'General Settings' 'TLSClientValidation' 'FALSE'
        Invoke-Service 'restart'
    }

    Invoke-Step 'events: both services have said that they started, with their own texts' {
        $started = Wait-Event $agentService 'LSAM Test Agent started.'
        Confirm-That ($started.Id -eq 1 -and $started.Level -eq 4) "number $($started.Id), level $($started.Level)"
        # Without its table, a message is surrounded by Windows' own text.
        Confirm-That ($started.Message.Trim() -eq 'LSAM Test Agent started.') "the text is: $($started.Message)"
        Wait-Event $jorsService 'LSAM Test JORS started.'
        Wait-Event $agentService 'LSAM Test Agent stopped.'
    }
    Invoke-Step 'a wrong serial number: the agent does not stay up, and log and event say why' {
        Set-Ini 'General Settings' 'TLSCertificateSerial' '01'
        $text = Invoke-Bad $lsamExe @('service', 'restart', '--config', $ini, '--service', 'agent')
        Test-Text $text 'because it refused to start'
        Test-Log 'no certificate in My or Root has this serial number'
        $refusal = Wait-Event $agentService 'no certificate in My or Root has this serial number'
        Confirm-That ($refusal.Id -eq 3 -and $refusal.Level -eq 2) "number $($refusal.Id), level $($refusal.Level)"
        # It is not a crash, so Windows does not restart it.
        Start-Sleep -Seconds 2
        $status = (Get-Service -Name $agentService).Status
        Confirm-That ($status -eq 'Stopped') "the service is $status"
        Set-Ini 'General Settings' 'TLSCertificateSerial' $agentCertificate.SerialNumber
        Invoke-Service 'start'
    }

    if ($Crash) {
        Invoke-Step 'a crash: Windows starts the agent again' {
            $process = (Get-CimInstance -ClassName Win32_Service -Filter "Name='$agentService'").ProcessId
            Stop-Process -Id $process -Force
            Start-Sleep -Seconds 2
            (Get-Service -Name $agentService).WaitForStatus('Running', [TimeSpan]::FromSeconds(100))
            Invoke-Netcom $trust
        }
    }

    Invoke-Step 'ten restarts' {
        for ($n = 0; $n -lt 10; $n++) {
            Invoke-Service 'restart'
        }
        Invoke-Netcom $trust
    }
    Invoke-Step 'stop: within 15 seconds, while a client is connected' {
        $open = Connect-Schannel -To $Port
        try {
            $watch = [Diagnostics.Stopwatch]::StartNew()
            Invoke-Service 'stop'
            $seconds = $watch.Elapsed.TotalSeconds
            Confirm-That ($seconds -lt 15) "it took $seconds seconds"
        } finally {
            $open.Close()
        }
        foreach ($name in @($agentService, $jorsService)) {
            $status = (Get-Service -Name $name).Status
            Confirm-That ($status -eq 'Stopped') "$name is $status"
        }
    }
    Invoke-Step 'uninstall: services and sources of events are gone' {
        Invoke-Service 'uninstall'
        foreach ($name in @($agentService, $jorsService)) {
            $left = Get-Service -Name $name -ErrorAction SilentlyContinue
            Confirm-That ($null -eq $left) "$name is there"
            $source = "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$name"
            Confirm-That (-not (Test-Path -Path $source)) "$source is there"
        }
    }
} catch {
    Write-Failure "the script itself, line $($_.InvocationInfo.ScriptLineNumber)" $_.Exception.Message
} finally {
    if ($script:failed -gt 0 -and (Test-Path -LiteralPath $log)) {
        Write-Host '----- the end of MSLSAM.log'
        Get-Content -LiteralPath $log -Tail 40 -Encoding UTF8 | ForEach-Object { Write-Host $_ }
        Write-Host '-----'
    }
    foreach ($name in @($agentService, $jorsService)) {
        if (Get-Service -Name $name -ErrorAction SilentlyContinue) {
            Invoke-Program $lsamExe @('service', 'uninstall', '--config', $ini) | Out-Null
            # Even if lsam failed.
            Invoke-Program 'sc.exe' @('stop', $name) | Out-Null
            Invoke-Program 'sc.exe' @('delete', $name) | Out-Null
        }
        $source = "HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\$name"
        Remove-Item -Path $source -Recurse -ErrorAction SilentlyContinue
    }
    try {
        Remove-TestCertificates
    } catch {
        Write-Failure 'removing the certificates lsam-test-* from My and Root' $_.Exception.Message
    }
    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue
    if (Test-Path -LiteralPath $folder) {
        Write-Host "$folder is left"
    }
}

Write-Host "windows-store: $($script:passed) passed, $($script:failed) failed"
exit $script:failed
