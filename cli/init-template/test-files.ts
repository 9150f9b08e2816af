/** Tests of the configuration that `init` writes. */

export const wikiTests = `// What the configuration should give, in examples. Run them with: lockstep test
{
  "on": "2026-01-05",
  "tests": [
    {
      "name": "a newcomer gets a wiki user in the team of the department",
      "given": {
        "Staff_Person": [
          { "Number": "1", "FirstName": "Ana", "LastName": "Rey", "Department": "Finance" }
        ]
      },
      "expect": [
        {
          "owner": "Staff_Person:1",
          "resourceTypes": {
            "Wiki_User_Person": {
              "target": null,
              "values": { "Login": "arey", "FullName": "Ana Rey", "Team": "Finance" },
              "order": "added"
            }
          }
        }
      ],
      "later": [
        {
          // The user was made as ordered, and read back; then the department changes.
          "on": "2026-01-06",
          "given": { "Staff_Person": [{ "Number": "1", "Department": "Sales" }] },
          "expect": [
            {
              "owner": "Staff_Person:1",
              "resourceTypes": {
                "Wiki_User_Person": {
                  "target": "arey",
                  "order": { "change": "modified", "values": { "Team": "Sales" } }
                }
              }
            }
          ]
        },
        {
          // Gone from the list: nothing is ordered, because the resource type does not say RemoveOrphans. The user
          // belongs to nobody from now on (lockstep reconcile list).
          "on": "2026-01-07",
          "removed": { "Staff_Person": ["1"] },
          "expect": [
            { "owner": "Staff_Person:1", "resourceTypes": {} },
            { "owner": "Wiki_User:arey", "properties": { "Team": "Sales" } }
          ]
        }
      ]
    }
  ]
}
`;
