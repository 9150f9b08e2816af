/**
 * Columns of the records of an unload, by record type; names are IBM's, behind the prefix of the type.
 * https://www.ibm.com/docs/en/zos/3.1.0?topic=records-record-formats-produced-by-database-unload-utility
 */
import type { FixedField } from '../spi/mainframe/fixed-columns.ts';

export interface RecordLayout {
  readonly type: string;
  readonly fields: readonly FixedField[];
  /** Positions in `fields` of what no record of the type lacks. */
  readonly keys: readonly number[];
  readonly title: string;
  /** Written whenever the unload has records of the type; the others only where a mapping names them. */
  readonly isUsual: boolean;
}

const days = (start: number): string =>
  ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
    .map((day, index) => `ACCESS_${day} ${start + 5 * index}-${start + 5 * index + 3}`)
    .join(', ');

/** `*` behind a name: part of the key. */
const written: Readonly<Record<string, readonly [prefix: string, title: string, fields: string]>> =
  {
    '0100': [
      'GPBD',
      'groups',
      'NAME* 6-13, SUPGRP_ID 15-22, CREATE_DATE 24-33, OWNER_ID 35-42, UACC 44-51, NOTERMUACC 53-56, INSTALL_DATA 58-312, MODEL 314-357, UNIVERSAL 359-362',
    ],
    '0101': ['GPSGRP', 'subgroups of groups', 'NAME* 6-13, SUBGRP_ID* 15-22'],
    '0102': ['GPMEM', 'members of groups', 'NAME* 6-13, MEMBER_ID* 15-22, AUTH 24-31'],
    '0120': ['GPOMVS', 'Unix data of groups', 'NAME* 6-13, GID 15-24'],
    '0200': [
      'USBD',
      'users',
      `NAME* 6-13, CREATE_DATE 15-24, OWNER_ID 26-33, ADSP 35-38, SPECIAL 40-43, OPER 45-48, REVOKE 50-53, GRPACC 55-58, PWD_INTERVAL 60-62, PWD_DATE 64-73, PROGRAMMER 75-94, DEFGRP_ID 96-103, LASTJOB_TIME 105-112, LASTJOB_DATE 114-123, INSTALL_DATA 125-379, UAUDIT 381-384, AUDITOR 386-389, NOPWD 391-394, OIDCARD 396-399, PWD_GEN 401-403, REVOKE_CNT 405-407, MODEL 409-452, SECLEVEL 454-456, REVOKE_DATE 458-467, RESUME_DATE 469-478, ${days(480)}, START_TIME 515-522, END_TIME 524-531, SECLABEL 533-540, ATTRIBS 542-549, PWDENV_EXISTS 551-554, PWD_ASIS 556-559, PHR_DATE 561-570, PHR_GEN 572-574, CERT_SEQN 576-585, PPHENV_EXISTS 587-590, PWD_ALG 592-603, LEG_PWDHIST_CT 605-607, XPW_PWDHIST_CT 609-611, PHR_ALG 613-624, LEG_PHRHIST_CT 626-628, XPW_PHRHIST_CT 630-632, ROAUDIT 634-637, MFA_FALLBACK 639-642, PHR_INTERVAL 644-648`,
    ],
    '0203': ['USGCON', 'groups of users', 'NAME* 6-13, GRP_ID* 15-22'],
    '0205': [
      'USCON',
      'connections of users to groups',
      'NAME* 6-13, GRP_ID* 15-22, CONNECT_DATE 24-33, OWNER_ID 35-42, LASTCON_TIME 44-51, LASTCON_DATE 53-62, UACC 64-71, INIT_CNT 73-77, GRP_ADSP 79-82, GRP_SPECIAL 84-87, GRP_OPER 89-92, REVOKE 94-97, GRP_ACC 99-102, NOTERMUACC 104-107, GRP_AUDIT 109-112, REVOKE_DATE 114-123, RESUME_DATE 125-134',
    ],
    '0404': [
      'DSACC',
      'access to data sets',
      'NAME* 6-49, VOL 51-56, AUTH_ID* 58-65, ACCESS 67-74, ACCESS_CNT 76-80',
    ],
    '0500': [
      'GRBD',
      'general resources',
      `NAME* 6-251, CLASS_NAME* 253-260, GENERIC 262-265, CLASS 267-269, CREATE_DATE 271-280, OWNER_ID 282-289, LASTREF_DATE 291-300, LASTCHG_DATE 302-311, ALTER_CNT 313-317, CONTROL_CNT 319-323, UPDATE_CNT 325-329, READ_CNT 331-335, UACC 337-344, AUDIT_LEVEL 346-353, LEVEL 355-357, GAUDIT_LEVEL 359-366, INSTALL_DATA 368-622, AUDIT_OKQUAL 624-631, AUDIT_FAQUAL 633-640, GAUDIT_OKQUAL 642-649, GAUDIT_FAQUAL 651-658, WARNING 660-663, SINGLEDS 665-668, AUTO 670-673, TVTOC 675-678, NOTIFY_ID 680-687, ${days(689)}, START_TIME 724-731, END_TIME 733-740, ZONE_OFFSET 742-746, ZONE_DIRECT 748-748, SECLEVEL 750-752, APPL_DATA 754-1008, SECLABEL 1010-1017`,
    ],
    '0503': [
      'GRMEM',
      'members of grouping resources',
      'NAME* 6-251, CLASS_NAME* 253-260, MEMBER 262-516, GLOBAL_ACC 518-525, PADS_DATA 527-534, VOL_NAME 536-541, VMEVENT_DATA 543-547, SECLEVEL 549-553, CATEGORY 555-559',
    ],
    '0505': [
      'GRACC',
      'access to general resources',
      'NAME* 6-251, CLASS_NAME* 253-260, AUTH_ID* 262-269, ACCESS 271-278, ACCESS_CNT 280-284',
    ],
  };

const unusual: readonly string[] = ['0205', '0404', '0505'];

/** Every record type that can be read, in their order. */
export const layouts: readonly RecordLayout[] = Object.entries(written).map(
  ([type, [prefix, title, text]]) => {
    const fields = text.split(', ').map((field) => readField(field, prefix));
    const keys = text.split(', ').flatMap((field, at) => (field.includes('*') ? [at] : []));
    return { type, title, fields, keys, isUsual: !unusual.includes(type) };
  },
);

function readField(text: string, prefix: string): FixedField {
  const [name = '', columns = ''] = text.replace('*', '').split(' ');
  const [start, end] = columns.split('-').map(Number);
  return { name: `${prefix}_${name}`, start: start ?? 0, end: end ?? 0 };
}
