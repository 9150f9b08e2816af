*** Settings ***
Documentation     Carries out orders in the web shop, through its pages.
Resource          ${RUNTIMEPATH}/UsercubeRobotFramework.resource
Library           SeleniumLibrary    timeout=20s
Suite Teardown    Close All Browsers

*** Variables ***
${ADDRESS}        ${EMPTY}

*** Keywords ***
ExecuteAdd
    [Arguments]    ${order}
    Open Storefront
    Go To    ${ADDRESS}/accounts/new
    Wait Until Element Is Visible    name:login
    Input Text    name:login    ${order['Changes']['Login']}
    Fill Form    ${order}
    Click Button    Save
    Expect Message    Account saved

ExecuteModify
    [Arguments]    ${order}
    Open Storefront
    ${is there}=    Open Account    ${order['Resource']['Login']}
    IF    not $is_there    Fail    [not-found] The web shop has no account ${order['Resource']['Login']}.
    Fill Form    ${order}
    Click Button    Save
    Expect Message    Account saved

ExecuteDelete
    [Documentation]    Gone already is done; a page that cannot be read is neither.
    [Arguments]    ${order}
    Open Storefront
    ${is there}=    Open Account    ${order['Resource']['Login']}
    IF    $is_there
        Click Button    Delete
        Expect Message    Account deleted
    END

Open Storefront
    [Documentation]    Once for all orders of a run: a browser takes longer to start than a form to fill.
    IF    $ADDRESS != ''    RETURN
    ${address}=    Get Secure Data    Address    False
    ${login}=    Get Secure Data    Login    False
    ${password}=    Get Secure Data    Password    True
    Open Browser    ${address}/login    headlesschrome
    ...    options=add_argument("--no-sandbox"); add_argument("--disable-dev-shm-usage"); add_argument("--disable-gpu")
    Input Text    name:login    ${login}
    Input Password    name:password    ${password}
    Click Button    Sign in
    Expect Message    Accounts
    Set Suite Variable    ${ADDRESS}    ${address}

Open Account
    [Documentation]    Whether there is one; fails when the page shows another account than the one asked for.
    [Arguments]    ${login}
    ${path}=    Evaluate    urllib.parse.quote($login, safe='')    modules=urllib.parse
    Go To    ${ADDRESS}/accounts/${path}
    Wait Until Element Is Visible    css:#message
    ${message}=    Get Text    css:#message
    IF    $message == 'There is no such account'    RETURN    ${False}
    ${shown}=    Get Value    name:login
    Should Be Equal    ${shown}    ${login}
    RETURN    ${True}

Fill Form
    [Documentation]    Only what the order changes; an empty value clears a field.
    [Arguments]    ${order}
    FOR    ${property}    ${field}    IN    Name    name    Email    email    Role    role
        IF    $property in $order['Changes']
            ${value}=    Evaluate    $order['Changes'][$property] or ''
            Input Text    name:${field}    ${value}    clear=True
        END
    END

Expect Message
    [Documentation]    The old page goes on showing its message until the new one is there.
    [Arguments]    ${text}
    ${status}=    Run Keyword And Return Status    Wait Until Element Contains    css:#message    ${text}
    IF    not $status
        ${shown}=    Get Text    css:#message
        Fail    The web shop says: ${shown}
    END

*** Test Cases ***
Run Provisioning
    Launch Provisioning
