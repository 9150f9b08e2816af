/** Workflows, aspects and notifications of the vocabulary's own server. */
import {
  binding,
  choice,
  expression,
  flag,
  identifier,
  integer,
  optionalChoice,
  reference,
  requiredBinding,
  requiredReference,
  requiredText,
  text,
} from './attribute.ts';
import { defineElement, type Element, localizedText, optionalDisplayName } from './element.ts';
import { pointCutMode, queryComparisonOperator } from './enumerations.ts';

const unused = {
  status: 'not-yet-used',
  why: 'Workflows are not carried out; people and their data come from connectors.',
} as const;

const pointCut = defineElement({
  ...unused,
  name: 'PointCut',
  doc: 'When the aspect runs: before or after a state of an activity.',
  attributes: [
    requiredText('Activity', 'The activity, as `Workflow:Activity`.'),
    requiredText('ActivityState', 'The state, such as `Action-Executed`.'),
    choice('Mode', pointCutMode, 'On entry or on exit.', 'Before'),
  ],
  key: [],
});
const unicityCheck = defineElement({
  ...unused,
  name: 'UnicityCheck',
  doc: 'Compares a computed value with those that exist.',
  attributes: [
    reference('Aspect', 'Aspect', 'The aspect, where it stands by itself.'),
    binding('SourceBinding', 'Value that is checked; the aspect’s unless stated.'),
    expression('SourceExpression', 'Value that is checked; the aspect’s unless stated.'),
    requiredReference('TargetEntityType', 'EntityType', 'Entity type of the existing resources.'),
    binding('TargetBinding', 'Existing value.'),
    expression('TargetExpression', 'Existing value.'),
  ],
  key: [],
});

const ofEveryAspect = [
  identifier(),
  binding('ExpressionBinding', 'Resource that expressions see.'),
  expression('IfExpression', 'The aspect runs only if this is true.'),
  integer('Priority', 'Order of execution.', 0),
] as const;

export const buildUniqueValueAspect = defineElement({
  ...unused,
  name: 'BuildUniqueValueAspect',
  doc: 'Computes a value that no other resource has.',
  attributes: [
    ...ofEveryAspect,
    requiredBinding('Binding', 'Property that is computed.'),
    expression('Expression', 'Computes the value.'),
    text('SqlBuildExpression', 'Computes the value in SQL; never run here.'),
    text('SqlCheckExpression', 'Looks for the value in SQL; never run here.'),
    expression('SimulationExpression', 'Computes the value for previews.'),
    integer('IterationsCount', 'Attempts at most.', 0),
    flag('OnlyIfNew', 'Runs for new resources only.'),
    binding('HistorizeBinding', 'Property that keeps earlier values.'),
    text('HistorizeSeparator', 'Stands between earlier values.'),
  ],
  localized: [localizedText('Message', 'Message when no value was found')],
  children: [pointCut, unicityCheck],
  scope: 'Aspect',
});

const otherAspects = [
  'AddChangeAspect',
  'AssertValueAspect',
  'AssertValueRequiredAspect',
  'InvokeExpressionAspect',
  'InvokeScriptAspect',
  'InvokeWorkflowAspect',
  'NotificationAspect',
].map((name) =>
  defineElement({
    ...unused,
    name,
    doc: 'An action of a workflow.',
    attributes: [
      ...ofEveryAspect,
      binding('Binding', 'Property it works on.'),
      expression('Expression', 'Value it works with.'),
    ],
    localized: [localizedText('Message', 'Message shown to people')],
    children: [pointCut],
    scope: 'Aspect',
    isOpen: true,
  }),
);

export const homonymEntityLink = defineElement({
  ...unused,
  name: 'HomonymEntityLink',
  doc: 'How namesakes are found.',
  attributes: [
    identifier(),
    requiredReference('FormEntityType', 'EntityType', 'Entity type of the form.'),
  ],
  children: [
    defineElement({
      ...unused,
      name: 'Filter',
      doc: 'Up to five properties that are compared.',
      attributes: [1, 2, 3, 4, 5].flatMap((number) => [
        text(`Property${number}`, 'Property of the form.'),
        text(
          `ComparisonProperty${number}`,
          'Property it is compared with; the same unless stated.',
        ),
        expression(`Expression${number}`, 'Value that is compared instead.'),
        optionalChoice(`Operator${number}`, queryComparisonOperator, 'How it is compared.'),
      ]),
      key: [],
    }),
  ],
});

/** Documented by name; what they hold is kept as written. */
const namesOnly = [
  'ActivityTemplate',
  'Notification',
  'NotificationTemplate',
  'Workflow',
  'WorkflowAddAndEndRecordEntityForm',
  'WorkflowAddRecordEntityForm',
  'WorkflowCreateEntityForm',
  'WorkflowCreateRecordEntityForm',
  'WorkflowCreateSeveralRecordsEntityForm',
  'WorkflowEditEntityForm',
  'WorkflowUpdateRecordEntitiesForm',
  'WorkflowUpdateRecordEntityForm',
  'WorkflowUpdateSeveralRecordsEntityForm',
].map((name) =>
  defineElement({
    ...unused,
    name,
    doc: 'Part of the workflows of the vocabulary’s own server.',
    attributes: [text('Identifier', 'Unique name of the element.')],
    localized: optionalDisplayName,
    isOpen: true,
  }),
);

export const workflowElements: readonly Element[] = [
  buildUniqueValueAspect,
  ...otherAspects,
  unicityCheck,
  homonymEntityLink,
  ...namesOnly,
];
