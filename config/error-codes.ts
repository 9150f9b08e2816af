/** Every code an operator may meet, with what it means and what to do. The list only grows; codes never change meaning. */

export interface ErrorCode {
  readonly code: string;
  readonly meaning: string;
  readonly cure: string;
}

function define(code: string, meaning: string, cure: string): ErrorCode {
  return Object.freeze({ code, meaning, cure });
}

export const errorCodes: readonly ErrorCode[] = Object.freeze([
  define(
    'CONFIG_ASSOCIATION_INVALID',
    'An association has one property on both sides, or a property that belongs to another association.',
    'Give each side of each association a navigation property of its own.',
  ),
  define(
    'CONFIG_ASSOCIATION_MISSING',
    'A property has the type ForeignKey, but no association says where it leads.',
    'Add an EntityAssociation, or give the property a scalar type.',
  ),
  define(
    'CONFIG_ATTRIBUTES_CONFLICT',
    'Two attributes of an element contradict each other, or one needs the other.',
    'Change one of the two as the message says.',
  ),
  define(
    'CONFIG_ATTRIBUTE_MISSING',
    'An element lacks an attribute it needs.',
    'Add the attribute.',
  ),
  define(
    'CONFIG_ATTRIBUTE_NOT_YET_USED',
    'Attributes are known, and have no effect in this version; one finding names them all.',
    'Nothing, if the configuration does not rely on them; `lockstep validate --verbose` lists what and why.',
  ),
  define(
    'CONFIG_ATTRIBUTE_UNKNOWN',
    'An element has an attribute that the vocabulary does not know.',
    'Correct the name; the hint gives the nearest one.',
  ),
  define(
    'CONFIG_AUTOMATION_WITHOUT_EFFECT',
    'A rule that should decide after a time can never decide anything.',
    'Give it a decision, a state in which somebody could decide, and no criteria on what was only found.',
  ),
  define(
    'CONFIG_BINDING_INVALID',
    'A binding is no path of the entity model.',
    'Correct the path at the marked place.',
  ),
  define(
    'CONFIG_CONFIDENCE_LOW',
    'Matches of a rule wait for a person, because its confidence was left at 0.',
    'Set the confidence: 100 accepts matches at once, 0 says that review is meant.',
  ),
  define(
    'CONFIG_CONSOLIDATION_INEFFECTIVE',
    'An element asks to be consolidated with a generated one, and there is none; or part of it does not count.',
    'Look at what is generated ("lockstep validate --expanded"), and correct the name or the mode.',
  ),
  define(
    'CONFIG_CONVERT_IMPOSSIBLE',
    'A file holds what the other form cannot hold, so that it would not come back as it was.',
    'Correct the marked place, or keep the file in its form.',
  ),
  define(
    'CONFIG_CONVERT_TARGET_EXISTS',
    'A converted file would take the place of a file that is there already, or of another converted one.',
    'Write to another folder with --out, rename one of them, or replace the file with --force.',
  ),
  define(
    'CONFIG_CONVERT_UNWRITABLE',
    'Converted files cannot be written, or the files they replace cannot be removed.',
    'Check permissions and free space; the message says what state the folder is in.',
  ),
  define(
    'CONFIG_CRITERION_UNREACHABLE',
    'A rule has a criterion that no context ever gives a value.',
    'Add the dimension to the context rule of the owners, or remove the criterion.',
  ),
  define(
    'CONFIG_DATA_TEST_INVALID',
    'A data test could not be run as it is written: its property, values, pattern and limits do not fit together.',
    'Change the attribute at the marked place as the hint says.',
  ),
  define(
    'CONFIG_DATA_TEST_WITHOUT_DATA',
    'No mapping reads what a data test looks at, so that it sees empty values only.',
    'Map the property to a column, or test the one that is mapped.',
  ),
  define(
    'CONFIG_DEPENDENCY_CYCLE',
    'Tasks or resource types wait for each other in a circle.',
    'Remove one dependency of the circle.',
  ),
  define(
    'CONFIG_DIMENSION_UNKNOWN',
    'An attribute such as D3 uses a slot that belongs to no dimension.',
    'Declare a Dimension with this ColumnMapping, or correct the digit.',
  ),
  define(
    'CONFIG_DIRTY_CHAIN_BROKEN',
    'A job marks what changed lately, but a synchronization before it keeps no changes.',
    'Set DoNotDeleteChanges on every SynchronizeTask of the job.',
  ),
  define(
    'CONFIG_ELEMENT_NOT_YET_USED',
    'Elements are known, and have no effect in this version; one finding names them all: a warning where the engine would do something else, else a remark.',
    'Nothing, if the configuration does not rely on them; `lockstep validate --verbose` lists what and why.',
  ),
  define(
    'CONFIG_ELEMENT_UNKNOWN',
    'There is no such element, or not at this place.',
    'Correct the name or the place; the hint gives the nearest one.',
  ),
  define(
    'CONFIG_ENCODING_INVALID',
    'A file holds bytes that its encoding does not know, declares an encoding that is not its own, or holds characters that text may not hold.',
    'Save the file as UTF-8 and remove control characters.',
  ),
  define(
    'CONFIG_EXPRESSION_INVALID',
    'An expression cannot be compiled, or gives the wrong type.',
    'Correct it at the marked place.',
  ),
  define(
    'CONFIG_FILE_CHANGED',
    'Somebody wrote a configuration file while it was being read.',
    'Run the command again.',
  ),
  define(
    'CONFIG_FILE_TOO_LARGE',
    'A configuration file, or all of them together, are larger than is read.',
    'Split it, or move it out of the configuration folder.',
  ),
  define(
    'CONFIG_FILE_UNREADABLE',
    'A file or folder of the configuration cannot be read, or is a pipe, socket or device.',
    'Check its permissions, or move it out of the configuration folder.',
  ),
  define(
    'CONFIG_FOLDER_NOT_FOUND',
    'The configuration folder does not exist, or is no folder.',
    'Name the right folder, or create one with "lockstep init".',
  ),
  define(
    'CONFIG_GUARD_WITHOUT_DATA',
    'A guard names a table that no mapping of its connector reads, so that it never looks at anything.',
    'Name a table that a mapping reads, or remove ConnectionTable to guard all tables of the connector.',
  ),
  define(
    'CONFIG_IDENTIFIER_DUPLICATE',
    'Two elements have the same name, or names that differ only in letter case where that is not enough.',
    'Rename or remove one of the two; the message gives both places.',
  ),
  define(
    'CONFIG_IDENTIFIER_INVALID',
    'A name has characters it may not have, or is a reserved word.',
    'Choose another name.',
  ),
  define(
    'CONFIG_INDIRECT_RULE_INVALID',
    'A rule about indirect permissions cannot be followed: a property does not lead where it must, or nothing can be found.',
    'Name the property that the message asks for, or leave the attribute out.',
  ),
  define(
    'CONFIG_INDIRECT_RULE_WITHOUT_EFFECT',
    'What a rule finds in the other system is not shown: no resource type gives owners anything there.',
    'Declare a resource type for the owners in the other system, or leave Correspondence out.',
  ),
  define(
    'CONFIG_INVARIANT_EMPTY',
    'An invariant forbids nothing: it names no resource, or gives no limit.',
    'Give the keys, the condition or the limit that the message names, or remove the element.',
  ),
  define(
    'CONFIG_INVARIANT_INVALID',
    'The condition of an invariant asks for more than the resource it looks at.',
    'Decide by properties of the resource and of what it links to.',
  ),
  define(
    'CONFIG_JOB_EMPTY',
    'A scaffolding makes a job in which no connector takes part.',
    'Look at CompleteJob, IncrementalJob and IsDeactivated of the connectors.',
  ),
  define(
    'CONFIG_JSON_KEY_REFUSED',
    'A key stands twice in an object, or is one that is not allowed.',
    'Merge the two values into one list, or rename the key.',
  ),
  define('CONFIG_JSON_MALFORMED', 'A file is not JSON.', 'Correct it at the marked place.'),
  define(
    'CONFIG_JSON_SHAPE_INVALID',
    'A JSON value is not where or what the configuration expects: lists of objects, and plain values in them.',
    'Bring it into the form { "Element": [ { "Attribute": "value" } ] }.',
  ),
  define(
    'CONFIG_KEY_INVALID',
    'A property is marked as key that cannot be one, or too many are; or a mapping looks resources up by no key.',
    'Change the key flags as the message says.',
  ),
  define(
    'CONFIG_KEY_MISSING',
    'An entity type has no IsKey property, or a mapping no primary key.',
    'Mark the property that tells resources apart.',
  ),
  define(
    'CONFIG_LINK_REFUSED',
    'A symbolic link leads out of the configuration folder, or nowhere.',
    'Copy the file into the folder, or remove the link.',
  ),
  define(
    'CONFIG_MAPPING_CONNECTOR_MIXED',
    'An association mapping joins entity types of different connectors.',
    'Synchronize the other connector first; links are found only among loaded resources.',
  ),
  define(
    'CONFIG_MAPPING_MISSING',
    'An association mapping looks up resources of an entity type that has no mapping.',
    'Add an EntityTypeMapping for the entity type.',
  ),
  define(
    'CONFIG_MAPPING_SIDES_CROSSED',
    'The sides of an association mapping stand the other way round than those of its association.',
    'Nothing: they are matched by entity type.',
  ),
  define(
    'CONFIG_MAPPING_SIDE_INVALID',
    'An association mapping names an entity type that is no side of its association.',
    'Name a key property of one of the two sides.',
  ),
  define(
    'CONFIG_NAMESPACE_UNKNOWN',
    'An XML name has a prefix that is not declared, or is in a namespace that is no configuration.',
    'Declare the prefix on the root element, or correct the namespace.',
  ),
  define(
    'CONFIG_NOT_VALID',
    'A command that looks at a configuration was given one with errors.',
    'Run `lockstep validate`, and correct what it finds.',
  ),
  define(
    'CONFIG_PROPERTY_KIND_WRONG',
    'A scalar property stands where a navigation property belongs, or the reverse.',
    'Name a property of the right kind, or use the other kind of rule or mapping.',
  ),
  define(
    'CONFIG_PROVISIONING_BLOCKED',
    'Orders of a resource type wait for a review, because BlockProvisioning was left at its default.',
    'Set BlockProvisioning to say what is meant.',
  ),
  define(
    'CONFIG_PROVISIONING_DISABLED',
    'A policy does not say whether it provisions, and so does not.',
    'Set IsProvisioningEnabled to say what is meant.',
  ),
  define(
    'CONFIG_QUERY_INVALID',
    'The query of a report does not fit the entity model or is not written as a query.',
    'Correct the query where the finding points: clauses in order, combinations in parentheses.',
  ),
  define(
    'CONFIG_RECORD_SECTION_INVALID',
    'Record sections of an identity do not fit together, their context rule or the properties they name.',
    'List each property in one section, leave one section without properties, and name stored dates of the records.',
  ),
  define(
    'CONFIG_RECORD_SECTION_REMARK',
    'Something about record sections or their context rule has no effect, or less than it seems.',
    'Read the message; remove what has no effect.',
  ),
  define(
    'CONFIG_REFERENCE_UNKNOWN',
    'An attribute names an element or property that is declared nowhere.',
    'Declare it, or correct the name; the hint gives the nearest one.',
  ),
  define(
    'CONFIG_RESOURCE_TYPE_UNMAPPED',
    'No mapping says which connection carries out the orders of a resource type.',
    'Add a resource type mapping, such as ManualProvisioningResourceTypeMapping.',
  ),
  define(
    'CONFIG_RISK_INCOMPLETE',
    'A risk has no rule, or one of its rules fewer items than its type asks for.',
    'Add what is missing, or choose another RiskType.',
  ),
  define(
    'CONFIG_RISK_ITEM_UNREACHABLE',
    'An item of a risk names a resource type that the risk’s owners cannot have.',
    'Name a resource type with the same source entity type.',
  ),
  define(
    'CONFIG_ROLE_CYCLE',
    'Composite roles are given by each other, or categories contain each other, in a circle.',
    'Remove one ParentRole, or Parent, of the circle.',
  ),
  define(
    'CONFIG_ROLE_RULE_CONFLICT',
    'A rule asks for what its role does not allow, or names roles of different owners.',
    'Change the rule or the role.',
  ),
  define(
    'CONFIG_ROOT_UNKNOWN',
    'The root element of an XML file is not ConfigurationFile in the namespace of the vocabulary.',
    'Correct it, or move the file out of the configuration folder.',
  ),
  define(
    'CONFIG_RULES_CONFLICT',
    'Several rules give one property a value, and nothing says which counts.',
    'Keep one, or tell them apart by roles or criteria.',
  ),
  define(
    'CONFIG_RULE_PROPERTY_UNMAPPED',
    'A rule writes a property that no mapping reads back, so that it is never verified.',
    'Map the property, or set IsMapped to false.',
  ),
  define(
    'CONFIG_SECRET_WRITTEN_OUT',
    'A secret stands in the configuration itself, and is not used.',
    'Put the secret into an environment variable or a file, name it as env:NAME or file:path, and change the secret: who could read the configuration knows it.',
  ),
  define(
    'CONFIG_TASK_NOT_IN_JOB',
    'A task depends on one that its job does not hold.',
    'Add the task to the job, or remove the dependency.',
  ),
  define(
    'CONFIG_TEXT_UNEXPECTED',
    'Text stands between elements.',
    'Remove it, or make it a comment.',
  ),
  define(
    'CONFIG_THRESHOLDS_OFF',
    'Nothing limits how many resources of a connector one run may add, change or delete.',
    'Set at least one threshold above 0 for each kind of change.',
  ),
  define(
    'CONFIG_TOO_MANY_FILES',
    'The configuration folder holds more files or deeper folders than a configuration has.',
    'Name the folder of the configuration itself.',
  ),
  define(
    'CONFIG_TRANSFORMATION_WITHOUT_TABLE',
    'A transformation names a table that its connection does not have, so that it never does anything.',
    'Write the table as the connection names it, letter case included.',
  ),
  define(
    'CONFIG_VALUE_INVALID',
    'An attribute has a value that its type does not have.',
    'Correct the value; the message says what belongs there.',
  ),
  define(
    'CONFIG_XML_DTD_REFUSED',
    'An XML file has a document type declaration, which is never read.',
    'Remove the DOCTYPE and its entities.',
  ),
  define('CONFIG_XML_MALFORMED', 'A file is not XML.', 'Correct it at the marked place.'),
  define(
    'CONNECTION_MAPPING_UNFIT',
    'A resource type names a connection whose package cannot carry out its orders as its mapping says.',
    'Name another connection, write the mapping element of its package, or let a person carry the orders out.',
  ),
  define(
    'CONNECTION_PACKAGE_UNKNOWN',
    'A connection names a package this version does not have.',
    'Use one of the packages of the reference; the message names the nearest.',
  ),
  define(
    'CONNECTION_SETTINGS_INVALID',
    'The settings of a connection do not fit its package; all findings are in the message.',
    'Correct the section Connections.<connection> of appsettings.agent.json.',
  ),
  define(
    'CONNECTION_SETTING_INVALID',
    'A setting of a connection has a wrong type or value.',
    'Write what the hint says.',
  ),
  define(
    'CONNECTION_SETTING_MISSING',
    'A required setting of a connection is not given.',
    'Add it.',
  ),
  define(
    'CONNECTION_SETTING_NOT_SECRET',
    'A setting was to be stored as a secret, and its package does not count it as one.',
    'Write it in appsettings.agent.json; the hint lists the secret settings of the connection.',
  ),
  define(
    'CONNECTION_SETTING_UNKNOWN',
    'A connection has a setting its package does not know.',
    'Correct the name; the message suggests the nearest.',
  ),
  define(
    'CONNECTION_UNKNOWN',
    'No connection of this name is deployed.',
    'Use one of the names listed in the hint, or deploy the configuration first.',
  ),
  define(
    'CONNECTION_WITHOUT_SCHEMA',
    'The package of a connection cannot list the tables and columns it offers.',
    'Look at the page of the package: it names the tables and columns it knows.',
  ),
  define(
    'CONNECTOR_ALREADY_EXISTS',
    'The object to add is already in the managed system.',
    'Export the system again, so that the object is known, then correlate or rename it.',
  ),
  define(
    'CONNECTOR_CONFLICT',
    'The managed system holds another value than the order expected.',
    'Export and evaluate again; the change made by someone else is then taken into account.',
  ),
  define(
    'CONNECTOR_FORBIDDEN',
    'The account of the connection may not do this in the managed system.',
    'Grant the permissions that the README of the connector lists.',
  ),
  define(
    'CONNECTOR_INCOMPLETE',
    'The managed system ended a reading before it had given everything.',
    'Remove the limit or failure the message names and export again; nothing is deleted meanwhile.',
  ),
  define(
    'CONNECTOR_INVALID_VALUE',
    'The managed system refused a value.',
    'Correct the rule or the source value that the message names.',
  ),
  define(
    'CONNECTOR_NOT_FOUND',
    'The object or table is not in the managed system.',
    'Check the name in the settings or the mapping, or export again if the object was removed.',
  ),
  define(
    'CONNECTOR_RATE_LIMITED',
    'The managed system asked for fewer requests.',
    'Nothing, it is tried again later; lower the concurrency of the connection if it happens often.',
  ),
  define(
    'CONNECTOR_STOPPED',
    'An export was stopped before its end.',
    'Run it again; what it wrote is not loaded.',
  ),
  define(
    'CONNECTOR_TIMEOUT',
    'The managed system did not answer in time.',
    'Check its load and the network, or raise the time limit of the connection.',
  ),
  define(
    'CONNECTOR_UNAUTHENTICATED',
    'The managed system refused the login or the secret of the connection.',
    'Correct the login and the secret in the settings of the connection.',
  ),
  define(
    'CONNECTOR_UNEXPECTED',
    'The managed system or its client failed in a way the connector does not know.',
    'Read the message of the vendor under the cause.',
  ),
  define(
    'CONNECTOR_UNREACHABLE',
    'The managed system cannot be reached.',
    'Check address, port, network and whether the system runs.',
  ),
  define(
    'CONNECTOR_UNSUPPORTED',
    'The managed system or the package cannot do what was asked.',
    'Use another package, or change the configuration as the message says.',
  ),
  define(
    'CONTRACT_CASE_UNKNOWN',
    'A case of the contract of connectors was named that there is not.',
    'List the cases with `lockstep connector test --list`.',
  ),
  define(
    'CONTRACT_SUBJECT_INVALID',
    'The contract.ts of a connector cannot be loaded, or does not export what the cases need.',
    'Correct it as the message says.',
  ),
  define(
    'CONTRACT_SUBJECT_MISSING',
    'A folder is not there or has no contract.ts, so that nothing says how to test the connector.',
    'Name the folder of a connector, or add a contract.ts to it.',
  ),
  define(
    'CSV_CELL_INVALID',
    'A value of a CSV file cannot be converted as an option asks.',
    'Correct the value or the conversion; `--on-error keep` or `empty` goes on without it.',
  ),
  define(
    'CSV_COLUMN_UNKNOWN',
    'An option names a column that the CSV file does not have.',
    'Correct the name or the separator; the hint gives the nearest name.',
  ),
  define(
    'CSV_HEADER_INVALID',
    'The header a CSV file would have is not usable: too few names, or one name twice.',
    'Rename or remove columns by their index.',
  ),
  define(
    'CSV_INPUT_CHANGED',
    'A CSV file was changed while it was read.',
    'Wait until it is written in full, then run the command again.',
  ),
  define(
    'CSV_INPUT_INVALID',
    'A CSV file is empty, cut off, or has a line that does not fit its header.',
    'Have the file written again in full; check the separator.',
  ),
  define(
    'CSV_OUTPUT_BUSY',
    'Another run writes the same output file.',
    'Wait for it, then run the command again.',
  ),
  define(
    'DECISION_COMMENT_DISABLED',
    'The role, or its policy, takes no comment on this decision.',
    'Decide without a comment.',
  ),
  define(
    'DECISION_COMMENT_REQUIRED',
    'The role, or its policy, asks for a comment on this decision.',
    'Say why with --comment.',
  ),
  define(
    'DECISION_NOT_OPEN',
    'There is nothing to decide for this assignment or property.',
    'List what is open and decide about one of those.',
  ),
  define(
    'DECISION_OWNER_TAKEN',
    'The chosen owner would have several resources of a type of which an owner has one.',
    'Choose another owner, or set CorrelateMultipleResources.',
  ),
  define(
    'DECISION_OWNER_UNKNOWN',
    'The chosen owner does not exist, or no owner was chosen where one is needed.',
    'Find the owner with "lockstep resource list".',
  ),
  define(
    'DECISION_PERSON_REFUSED',
    'The person who decides asked for it, has approved it already, or is not among its approvers.',
    'Let somebody else decide; see the setting RoleReview.Approvers.',
  ),
  define(
    'DECISION_RESOURCE_TYPE_NEEDED',
    'A resource that nobody owns could be of several resource types, or the one that was named is none of them.',
    'Name the resource type.',
  ),
  define(
    'DECISION_RISK_BLOCKS',
    'Together with what its owner holds by now, the role is a risk that blocks.',
    'Decline the request, or take away first what it must not be held with.',
  ),
  define(
    'DEMO_COMPANY_NOT_BUILT',
    'The demonstration could not write its sample company.',
    'Check free space and permissions of the temporary folder, or name another one by TMPDIR.',
  ),
  define(
    'DEMO_SAMPLE_MISSING',
    'The sample company that the demonstration needs is not installed.',
    'Install Lockstep again; the folder samples/company belongs to it.',
  ),
  define(
    'DEMO_STEP_UNEXPECTED',
    'A step of the demonstration did not come out as told. Its project is kept as it was then.',
    'Look at the project with the command of the hint, and report it with the message.',
  ),
  define(
    'ENCRYPTED_FILE_INVALID',
    'An encrypted data file was changed, cut off, or written for another certificate.',
    'Take the file as "lockstep protect encrypt" wrote it, and the certificate it was written for.',
  ),
  define(
    'ENTITY_TYPE_UNKNOWN',
    'No entity type of this name is deployed.',
    'Use one of the names listed in the hint.',
  ),
  define(
    'EXPRESSION_FAILED',
    'An operation of an expression has no result for one resource: a null was dereferenced, an index was out of range, a number overflowed.',
    'Guard it with ?. or ??, or correct the data.',
  ),
  define(
    'EXPRESSION_LIMIT_EXCEEDED',
    'An expression took too many steps or made too large a text or collection.',
    'Simplify the expression.',
  ),
  define(
    'EXPRESSION_VALUE_INVALID',
    'A stored or parsed text is not a value of the type it is read as.',
    'Correct the source, or give the column a Format.',
  ),
  define(
    'FULFIL_CIRCUIT_OPEN',
    'The system behind a connection could not be reached several times in a row, or refused the login. It is left in peace for a while, and nothing was tried.',
    'Correct the cause. Then wait until the time that the message names, or let the orders go at once with "lockstep order retry --connection <connection>".',
  ),
  define(
    'FULFIL_PACKAGE_READ_ONLY',
    'A resource type mapping names a connection whose package cannot carry out orders.',
    'Name a connection that can, or one of the package Usercube.Manual for tickets.',
  ),
  define(
    'INIT_FOLDER_NOT_EMPTY',
    'A new project was to be written into a folder that holds something. Nothing was written.',
    'Name a folder that does not exist yet, or an empty one.',
  ),
  define(
    'INIT_FOLDER_UNUSABLE',
    'The folder of a new project cannot be read or written.',
    'Check the path and the rights to it, or name another folder.',
  ),
  define(
    'INVARIANT_UNKNOWN',
    'An override names an invariant that the configuration does not have.',
    'Give a name that the message lists, as the refusal wrote it.',
  ),
  define(
    'JOB_INSTANCE_UNKNOWN',
    'There is no run of a job with this number.',
    'Take a number of "lockstep job history".',
  ),
  define(
    'JOB_NOTHING_TO_RESUME',
    'The last run of the job ended by itself.',
    'Start the job without --resume.',
  ),
  define(
    'JOB_NOT_RUNNING',
    'A job that is to be cancelled is not running.',
    'Look at its last run; one whose process has died is taken up with --resume.',
  ),
  define(
    'JOB_OCCURRENCE_TAKEN',
    'The run of a job for this time of its schedule has been started, or skipped, before.',
    'There is nothing to do.',
  ),
  define(
    'JOB_START_DENIED',
    'The configuration reserves the start of a job to the scheduler (UserStartDenied).',
    'Let the scheduler start it, or add --even-if-denied when it has to be.',
  ),
  define(
    'JOB_STEP_UNKNOWN',
    'A job has no steps in the range asked for.',
    'Take numbers of "lockstep job steps"; steps count from 0, after splitting by Jobs.MaxTaskBatchSize.',
  ),
  define(
    'JOB_TASK_UNKNOWN',
    'No task of a job fits what was asked for.',
    'Take names of "lockstep job steps".',
  ),
  define(
    'JOB_UNKNOWN',
    'No job of this name is deployed.',
    'Use one of the names listed in the hint.',
  ),
  define(
    'LEASE_TAKEN',
    'Another run is working on the same thing.',
    'Wait until it has ended or its lease has run out, then start again; nothing was changed.',
  ),
  define(
    'MAIL_ADDRESS_INVALID',
    'What was given as an address is none.',
    'Give one plain address, without a name around it.',
  ),
  define(
    'MAIL_SETTINGS_INVALID',
    'The settings of mail hold something that cannot work.',
    'Correct the places the message names; see with “lockstep mail check”.',
  ),
  define(
    'MAIL_SETTINGS_MISSING',
    'No settings say how mail is sent; mail waits in the store.',
    'Write MailSettings into appsettings.agent.json.',
  ),
  define(
    'ORDER_NOT_CANCELLABLE',
    'An order was to be taken back that a connector had begun, that is a ticket, or that is settled.',
    'See with "lockstep order show" how far it is. What is unknown is read by the next fulfilment; tickets are closed.',
  ),
  define(
    'ORDER_NOT_WAITING',
    'An order was to be tried at once that does not wait for another attempt.',
    'See with "lockstep order list" what waits. What a system refused is tried again after "lockstep review unblock".',
  ),
  define(
    'ORDER_UNKNOWN',
    'There is no provisioning order of this number.',
    'See the newest orders with "lockstep order list".',
  ),
  define(
    'OUTPUT_NOT_WRITABLE',
    'The result of a command could not be written to its output. The command itself has ended.',
    'Free space or name another place, and look at the result with a command that only reads.',
  ),
  define(
    'PASSWORD_ACCOUNT_AMBIGUOUS',
    'A password was to be reset, and the person named has several accounts.',
    'Name one with --resource-type, or the account itself as EntityType:key.',
  ),
  define(
    'PASSWORD_ACCOUNT_NOT_READY',
    'The account whose password was to be reset is not there yet, is about to go or to be renamed, or nobody has decided whose it is.',
    'Carry out or decide what the message names, then ask again.',
  ),
  define(
    'PASSWORD_ACCOUNT_UNKNOWN',
    'What was named is no account that a resource type knows, and owns none.',
    'See with "lockstep resource show" what it has; an account without an owner gets one by a correlation rule or a reconciliation.',
  ),
  define(
    'PASSWORD_ADDRESS_MISSING',
    'A password was to be reset, and no mail address says who learns the new one.',
    'Fill the address at its source, correct the bindings of the PasswordResetSettings, or give --untold.',
  ),
  define(
    'PASSWORD_RESET_NOT_CONFIGURED',
    'The resource type does not say how passwords of its accounts are reset.',
    'Name PasswordResetSettings in its mapping, with Mode="One-Way" and AutoGenerate or a DefaultPassword.',
  ),
  define(
    'PASSWORD_RESET_NOT_HELD',
    'An order was to be approved that does not wait for that, or resets no password.',
    'See with "lockstep order list --status held" what waits.',
  ),
  define(
    'PASSWORD_RESET_OWN',
    'Who asked for a reset cannot approve it as well.',
    'Somebody else approves it; BlockProvisioning="false" on the resource type lets resets go without.',
  ),
  define(
    'PASSWORD_RESET_UNSUPPORTED',
    'The package behind the account sets no passwords.',
    'Reset the password in the system itself, or let a connection do it that can.',
  ),
  define(
    'PASSWORD_RESET_WAITING',
    'The password of the account is being reset already.',
    'Carry that order out, or take it back with "lockstep order cancel" where nothing has begun it.',
  ),
  define(
    'PASSWORD_TOO_WEAK',
    'A password does not pass the strength check.',
    'Choose another one, or ask for more characters of more kinds.',
  ),
  define(
    'PLAN_ALREADY_APPLIED',
    'A plan was applied before; each is applied once.',
    'Make a new plan for what is to be done now.',
  ),
  define(
    'PLAN_CONFIGURATION_INVALID',
    'The configuration that a plan supposes has errors.',
    'Correct what the message names, then make the plan again. Nothing was changed.',
  ),
  define(
    'PLAN_DATA_REFUSED',
    'The files that a plan supposes cannot be loaded.',
    'Correct the files as the message says, then make the plan again. Nothing was changed.',
  ),
  define(
    'PLAN_DATA_UNKNOWN',
    'A folder of supposed data is empty, or has files that nothing reads.',
    'Name each file like a connection table, or like the file that a connection reads.',
  ),
  define(
    'PLAN_FILE_ALTERED',
    'The file of a plan is not as it was written.',
    'Make the plan again and look at it; nothing was changed.',
  ),
  define(
    'PLAN_FILE_MISSING',
    'The file of a plan cannot be read.',
    'Name a file that `lockstep plan --out` or `lockstep undo --out` has written.',
  ),
  define(
    'PLAN_FILE_NEWER',
    'A plan was made by another version of Lockstep.',
    'Make it again with this one.',
  ),
  define(
    'PLAN_FILE_UNWRITABLE',
    'A plan cannot be written where it is asked for.',
    'Name a file in a folder that exists and that you may write to.',
  ),
  define(
    'PLAN_OVERLAY_AMBIGUOUS',
    'A file to try could take the place of several deployed ones of its name.',
    'Give it below the configuration folder, or a whole folder with --configuration.',
  ),
  define(
    'PLAN_STALE',
    'Configuration, data or orders are not those a plan was made of.',
    'Make the plan again, and look at it again. Nothing was changed.',
  ),
  define(
    'PREPARE_COLUMN_MISSING',
    'An exported file lacks a column that a mapping reads.',
    'Correct the ConnectionColumn or the source; nothing was changed.',
  ),
  define(
    'PREPARE_COMMAND_UNKNOWN',
    'A row of changes has a command nobody knows.',
    'Use insert, update, merge or delete.',
  ),
  define(
    'PREPARE_EXPORT_FAILED',
    'The last export of a connection broke off.',
    'Run the export again; what it left is not loaded.',
  ),
  define(
    'PREPARE_EXPORT_OF_OTHER_MODE',
    'The exported files are of another mode than the one asked for.',
    'Export, prepare and synchronize in one mode.',
  ),
  define(
    'PREPARE_EXPORT_STALE',
    'The exported files are older than the reading that the store reflects. Nothing was changed.',
    'Export again; only if the old files are really meant, prepare with --force.',
  ),
  define(
    'PREPARE_FILE_CHANGED',
    'An exported file is not as its export wrote it. Nothing was changed.',
    'Somebody cut, edited or replaced it: export again.',
  ),
  define(
    'PREPARE_SESSION_UNREADABLE',
    'The description of a prepared session cannot be read, or is not as it was written.',
    'Run the connector in complete mode.',
  ),
  define(
    'PREPARE_TABLE_MISSING',
    'A table that a mapping is read from has not been exported.',
    'Run the export of its connection; a missing file is never taken for an empty one.',
  ),
  define(
    'PROJECT_DEPLOYED_CONFIGURATION_INVALID',
    'This version does not accept the configuration that is deployed.',
    'Validate, correct, and deploy again.',
  ),
  define(
    'PROJECT_FOLDERS_OVERLAP',
    'The folders conf, Temp and Work of a project lie in one another.',
    'Give each a folder of its own in TempFolderPath and WorkFolderPath.',
  ),
  define(
    'PROJECT_FOLDER_EMPTY',
    'The folder holds no project: neither appsettings.json nor a folder conf.',
    'Give the project folder with -C, or create one with "lockstep init <folder>".',
  ),
  define(
    'PROJECT_FOLDER_MISSING',
    'The project folder does not exist.',
    'Give the project folder with -C, or create one with "lockstep init <folder>".',
  ),
  define(
    'PROJECT_NOT_DEPLOYED',
    'No configuration has been deployed to the store.',
    'Run "lockstep deploy".',
  ),
  define(
    'PROJECT_PATH_ESCAPES',
    'A relative path in the settings leads out of the project folder, by ".." or a link.',
    'Keep it inside, or write the absolute path if it is meant to be elsewhere.',
  ),
  define(
    'PROPERTY_UNKNOWN',
    'There is no such property to look at.',
    'Use one of the names listed in the hint.',
  ),
  define(
    'REPORT_TOO_LARGE',
    'A report of the configuration joins too many combinations to one resource, or orders too many resources.',
    'Narrow the query with `where`, join less, or leave the order out.',
  ),
  define(
    'REPORT_UNKNOWN',
    'The command names a report that does not exist.',
    'Choose one of the names in the hint.',
  ),
  define(
    'REQUEST_DATES_INVALID',
    'The dates asked for are past, out of order, or outside those of the owner’s records.',
    'Give dates from today on, within the owner’s records.',
  ),
  define(
    'REQUEST_END_LOCKED',
    'The role always ends with the records of its owner, and an end date was given.',
    'Leave the end date out.',
  ),
  define(
    'REQUEST_END_REQUIRED',
    'The role asks for an end date, and none was given.',
    'Give one with --until.',
  ),
  define(
    'REQUEST_EXISTS',
    'The owner holds the role by hand already, it is denied, or the same request waits.',
    'Change or take back what is there; the message has its number.',
  ),
  define(
    'REQUEST_NOTHING_TO_DENY',
    'No rule gives the role to this owner.',
    'Cancel what was given by hand; what nobody gives needs no denial.',
  ),
  define(
    'REQUEST_NOT_ALLOWED',
    'The role is given by rules alone, or is kept elsewhere.',
    'Change the rules, or give it where it is kept.',
  ),
  define(
    'REQUEST_NOT_OPEN',
    'There is no such assigned role, or nothing of this kind can be asked for about it.',
    'List the assigned roles and use one of their numbers.',
  ),
  define(
    'REQUEST_OWNER_OUTSIDE',
    'The owner has no context: no period in which a role could be held.',
    'Look at the owner’s records and the context rule.',
  ),
  define(
    'REQUEST_PARAMETER_NOT_TAKEN',
    'A parameter was given that the role does not have, or that it fixes to another value.',
    'Leave it out, or give one of the parameters that "lockstep role list --defined --json" names.',
  ),
  define(
    'REQUEST_PARAMETER_UNKNOWN',
    'A parameter names no dimension of the configuration.',
    'Use the identifier of a Dimension.',
  ),
  define(
    'REQUEST_PARAMETER_VALUE_UNKNOWN',
    'A parameter names no resource of the entity type of its dimension.',
    'Use the key of a resource that was read; letter case counts.',
  ),
  define(
    'REQUEST_RISK_UNKNOWN',
    'What the owner would hold could not be computed, so that nobody knows whether it is a risk.',
    'See what fails with "lockstep evaluate", correct it, and ask again.',
  ),
  define(
    'REQUEST_ROLE_UNKNOWN',
    'The configuration has no such role, or a composite and a single one of this name.',
    'Use the identifier of a role, with --kind where there are two.',
  ),
  define(
    'RESOURCE_AMBIGUOUS',
    'A reference names more than one resource.',
    'Write it as EntityType:key.',
  ),
  define(
    'RESOURCE_THEN_UNKNOWN',
    'The resource was not there at the time asked for, or history of that time was purged.',
    'Look at when it was there with "lockstep resource show --history"; give a time within.',
  ),
  define(
    'RESOURCE_UNKNOWN',
    'No resource answers to the reference.',
    'Write it as EntityType:key; list the resources of the entity type.',
  ),
  define(
    'RISK_UNKNOWN',
    'There is no identified risk of this number, or none any more.',
    'List the identified risks and use one of their numbers.',
  ),
  define(
    'ROLE_UNKNOWN',
    'The command names a role that the entity type does not have.',
    'Choose one of the names in the hint; deploy first if it is new.',
  ),
  define(
    'RUN_INTERRUPTED',
    'A command was stopped before its end, at a point where nothing is left half done.',
    'Run it again: nothing is applied twice. A job goes on where it stopped with --resume.',
  ),
  define(
    'RUN_UNKNOWN',
    'There is no run of this number, or its record was purged.',
    'Take the number from "lockstep run list".',
  ),
  define(
    'SCHEDULER_DISABLED',
    'The settings switch the scheduler off.',
    'Set Scheduler.Enabled to true, or start jobs by another program.',
  ),
  define(
    'SCHEDULER_LOCKED',
    'Another scheduler works for the same project, and did not end in the time it was waited for.',
    'Let it work, or stop it; Scheduler.MaxLockWatchTime says how long it is waited for.',
  ),
  define(
    'SETTINGS_ALREADY_ENCRYPTED',
    'A settings file that is to be encrypted holds encrypted values already.',
    'Start from the plain file; single values are encrypted with "lockstep protect value".',
  ),
  define(
    'SETTINGS_CERTIFICATE_INVALID',
    'A certificate cannot be opened, is damaged, has no RSA key of 2048 bits or more, or its key belongs to another one.',
    'Name a PFX or PEM file with certificate and private key, and the password that opens it.',
  ),
  define(
    'SETTINGS_CERTIFICATE_MISSING',
    'A certificate is needed, and none is named, or its file is not there.',
    'Write EncryptionCertificate.File and Password, and put the file there.',
  ),
  define(
    'SETTINGS_CERTIFICATE_NOT_IN_FORCE',
    'The certificate has expired, is about to, or is not in force yet. Nothing is encrypted for it then; what was encrypted is read.',
    'Make a new certificate, and encrypt the settings again.',
  ),
  define(
    'SETTINGS_ENCRYPTED_VALUE_INVALID',
    'A value of the settings is not encrypted where it must be, was changed or cut off, or was encrypted for another certificate.',
    'Encrypt the value again with the certificate of these settings.',
  ),
  define(
    'SETTINGS_FILE_BUSY',
    'Another command is writing the same settings file.',
    'Run the command again; remove the file that the message names if no other command runs.',
  ),
  define(
    'SETTINGS_KEY_DUPLICATE',
    'A key is written twice in one section of a settings file; case makes no difference.',
    'Keep one of the two.',
  ),
  define(
    'SETTINGS_KEY_UNKNOWN',
    'A key of the settings has no effect, and is nearly one that has.',
    'Correct the name as the message says.',
  ),
  define(
    'SETTINGS_LAYER_UNSUPPORTED',
    'The settings name a source of settings that this version cannot read, such as a certificate store of Windows.',
    'Do as the message says: export the certificate to a file and name that.',
  ),
  define(
    'SETTINGS_MALFORMED',
    'A settings file is not the JSON object it should be.',
    'Correct the file at the line and column given.',
  ),
  define(
    'SETTINGS_REFERENCE_INVALID',
    'A text starts with env: or file: but names no variable or file.',
    'Write env:NAME or file:path.',
  ),
  define(
    'SETTINGS_REFERENCE_UNRESOLVED',
    'The variable or file that a secret is read from is not there.',
    'Set the variable or write the file for the account that runs the command.',
  ),
  define(
    'SETTINGS_SECRET_WRITTEN_OUT',
    'A secret stands in a settings file.',
    'Name it with env: or file:, or encrypt the settings.',
  ),
  define(
    'SETTINGS_UNREADABLE',
    'A settings file cannot be read or is far too large.',
    'Make it a readable JSON file of ordinary size, or remove it.',
  ),
  define(
    'SETTINGS_VALUE_INVALID',
    'A setting holds a value of the wrong type or outside of what is allowed.',
    'Write what the message asks for at the place it names.',
  ),
  define(
    'SETTINGS_VARIABLE_INVALID',
    'The name of an environment variable looks like a setting but cannot be one.',
    'Name it like Connections__HR__Path and set each key once.',
  ),
  define(
    'SPREADSHEET_TOO_LARGE',
    'A workbook would have more cells than one is built with; nothing was written.',
    'Choose fewer rows with a filter, or write CSV, which has no limit.',
  ),
  define(
    'STATE_TRANSITION_UNKNOWN',
    'An assignment was about to be moved to a state in a way that the table of transitions does not know. It was left as it was.',
    'This is an error of the program: report it with the message.',
  ),
  define(
    'STORE_BUSY',
    'The store is being written by another process.',
    'Wait until the other run has ended, then run the command again.',
  ),
  define(
    'STORE_DAMAGED',
    'The file is not a readable store.',
    'Restore it from a backup, or deploy and synchronize anew.',
  ),
  define(
    'STORE_FULL',
    'There is no space left to write the store.',
    'Free disk space and run the command again; nothing of the interrupted step was kept.',
  ),
  define(
    'STORE_LEASE_LOST',
    'Another process took over while this one was not responding.',
    'Look at the other run; nothing was written after that.',
  ),
  define(
    'STORE_NEWER_THAN_PROGRAM',
    'The store was written by a newer version of Lockstep.',
    'Update Lockstep; the store was not touched.',
  ),
  define(
    'STORE_NOT_WRITABLE',
    'The store cannot be opened for writing.',
    'Check the Work folder and its rights.',
  ),
  define(
    'STORE_QUERY_TOO_LARGE',
    'An expression queries an entity type with more resources than fit into memory.',
    'Follow navigation properties in the expression instead of queryHandler.',
  ),
  define(
    'STORE_ROWS_MISCOUNTED',
    'A prepared file has another number of rows than was written down when it was prepared.',
    'Prepare the connector again: the file was cut or changed. Nothing was changed in the store.',
  ),
  define(
    'STORE_UNREACHABLE',
    'The database server of the store cannot be reached.',
    'Check Store.Connection, the server and its credentials.',
  ),
  define(
    'SYNCHRONIZE_INITIAL_NOT_EMPTY',
    'Initial mode was asked for where resources are already stored.',
    'Use complete mode; nothing was changed.',
  ),
  define(
    'SYNCHRONIZE_MODEL_NOT_DEPLOYED',
    'The store has no place for an entity type or association as it was prepared.',
    'Deploy, then prepare the connector again.',
  ),
  define(
    'SYNCHRONIZE_SESSION_ALTERED',
    'A file of a waiting session is not as it was prepared. The store was not changed.',
    'Run the connector in complete mode, or discard the session.',
  ),
  define(
    'SYNCHRONIZE_SESSION_LOST',
    'The prepared files of a waiting session are gone.',
    'Discard the session and run the connector in complete mode.',
  ),
  define(
    'TASK_DATABASE_UNKNOWN',
    'An SQL task names a database that the settings do not have.',
    'Name it in Databases of appsettings.agent.json.',
  ),
  define(
    'TASK_FAILED',
    'A task failed in a way the program does not know.',
    'Run it again with --log-level debug and look at the cause.',
  ),
  define(
    'TASK_INCOMPLETE',
    'A task lacks a statement, a file or a place for its result.',
    'Write what the message names in the configuration, or in InvokeSqlCommands of the settings.',
  ),
  define(
    'TASK_INTERPRETER_MISSING',
    'The program that runs a script of this kind is not installed, or may not be started.',
    'Install bash, python3 or pwsh for the account that runs Lockstep.',
  ),
  define(
    'TASK_PATH_INVALID',
    'A task names a file that is not there, or a place outside of the folder it belongs in.',
    'Keep scripts and statements in the project folder, results in Temp/ExportOutput.',
  ),
  define(
    'TASK_SCRIPT_FAILED',
    'A script ended with an exit code other than 0, or was ended by a signal.',
    'Read its output with "lockstep job log", correct it, and resume the job.',
  ),
  define(
    'TASK_SCRIPT_UNSUPPORTED',
    'A script is of a kind that cannot be run.',
    'Name it .ps1, .sh, .js, .mjs or .py.',
  ),
  define(
    'TASK_TIMEOUT',
    'A script took longer than 30 minutes and TaskTimeoutSupplement together, and was ended.',
    'Raise TaskTimeoutSupplement, or let it do less at a time.',
  ),
  define(
    'TEST_FILE_INVALID',
    'A test file is not JSON, has a key or a value that tests do not know, or names what the configuration or the test does not have.',
    'Correct the place the finding names; the hint says what is known there.',
  ),
  define(
    'TEST_FILE_NOT_FOUND',
    'There is no test file or folder of tests where the command looked.',
    'Name the file or folder, or put tests into the folder tests of the project.',
  ),
  define(
    'TEST_FILE_UNREADABLE',
    'A test file cannot be read, or is too large.',
    'Check its permissions, and split a large file.',
  ),
  define(
    'TEST_NONE',
    'Nothing was tested: no file held a test, or the filter left none.',
    'Check the path and the filter; a run that tests nothing does not count as passed.',
  ),
  define(
    'TICKET_EXPIRED',
    'Nobody waits for the ticket any more: it had timed out, or another order took its place.',
    'Look at the assignment; the next reading shows what was done in the system.',
  ),
  define(
    'TICKET_FAILED',
    'An operator reported that a ticket cannot be done.',
    'Remove the cause, then unblock the order.',
  ),
  define(
    'TICKET_FORBIDDEN',
    'The settings name who may answer tickets of this kind, and it is somebody else.',
    'Let one of them answer, or change ManualProvisioning.Operators of the settings.',
  ),
  define(
    'TICKET_KEY_MISSING',
    'A confirmed ticket is to be kept as a resource, and nothing says how it is told from others.',
    'Give the value of its key with --set.',
  ),
  define(
    'TICKET_NOT_OPEN',
    'The ticket was answered before, or its order never became a ticket.',
    'List the open tickets.',
  ),
  define('TICKET_UNKNOWN', 'There is no such ticket.', 'List the open tickets.'),
  define(
    'TICKET_VALUE_INVALID',
    'A value given with a ticket cannot be one of its resource.',
    'Correct values of one ticket, by the names of its properties.',
  ),
  define(
    'UNDO_NOTHING',
    'A run ordered nothing that could be taken back.',
    'Name the run that made the orders, as `lockstep run list` shows it.',
  ),
  define(
    'USAGE_CONNECTOR_UNKNOWN',
    'The command names a connector that the deployed configuration does not have.',
    'Choose one of the names in the hint; deploy first if it is new.',
  ),
  define(
    'USAGE_FILE_EXISTS',
    'A file that a command should write is there already.',
    'Name another file, or replace it with --force.',
  ),
  define(
    'USAGE_FILE_NOT_READABLE',
    'A file that a command was given cannot be read.',
    'Check its name, and that this account may read it.',
  ),
  define(
    'USAGE_FILE_NOT_WRITABLE',
    'The file that a command was to write cannot be written.',
    'Check that its folder exists and may be written by this account.',
  ),
  define(
    'USAGE_INVALID',
    'The command line has an unknown command, option or argument, or lacks one.',
    'Add --help to the command to see its arguments and options.',
  ),
  define(
    'USAGE_OPTIONS_CONFLICT',
    'Two options of the command contradict each other.',
    'Leave out one of the two that the message names.',
  ),
  define(
    'USAGE_REPORT_FILTER',
    'A report was given a filter it does not have, or lacks one it needs.',
    'Use the filters in the hint; `lockstep report list` shows those of every report.',
  ),
  define(
    'USAGE_RESOURCE_TYPE_UNKNOWN',
    'The command names a resource type that the deployed configuration does not have.',
    'Choose one of the names in the hint; deploy first if it is new.',
  ),
  define(
    'USAGE_SELECTION_MISSING',
    'A decision was to be taken without saying about what. Nothing was changed.',
    'Name the numbers that the list shows, or give --all or --resource-type.',
  ),
  define(
    'USAGE_SELECTION_UNKNOWN',
    'A number was given that the list does not show. Nothing was changed.',
    'Look at the list again; others may have decided in the meantime.',
  ),
  define(
    'VAULT_REFUSED',
    'A vault of secrets does not let this account read what the settings need.',
    'Give the account the rights that the message names.',
  ),
  define(
    'VAULT_SECRET_MISSING',
    'A vault holds no value for a key, account or certificate that the settings name.',
    'Correct the name, or put the value into the vault.',
  ),
  define(
    'VAULT_UNREACHABLE',
    'A vault of secrets could not be reached, or gave no usable answer, after several attempts.',
    'Check its address, the network and the certificates, and run again.',
  ),
]);
