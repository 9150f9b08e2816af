/** Words that generated people, departments and places are named with; a tenth of them are not ASCII. */

export const firstNames: readonly string[] =
  `Ana Ben Chloé Daria Emil Farah Greta Hugo Inès Jonas Karim Lea Mirko Nadia Omar Petra Quentin Rosa Søren Tilda Ulrike
Victor Wanda Xavier Yara Zoë Aïcha Björn Carmen Dmitri Elif Florin Gülay Henrik Ivana Jörg Klara Luís Maja Noah Olga
Pauline Rafael Sofia Tomáš Ursula Vera Willem Ximena Yusuf Zita Agnès Bruno Celia David Erika Fabio Gita Helga Ismail
Judith Kofi Ludmila Mateo`.split(/\s+/);

export const lastNames: readonly string[] =
  `Abel Bauer Carvalho Dubois Eriksen Fischer García Haddad Ivanov Jansen Kowalski Lefèvre Martin Novák Oliveira Petrov
Quist Rossi Schmidt Tanaka Ünal Vogel Weber Xu Yilmaz Zimmermann Andersen Brandt Conti Díaz Engel Ferreira Gruber Hansen
Ionescu Jung Keller Lang Moreau Nguyen Olsen Pereira Roux Santos Thomsen Urban Varga Wagner Young Zieliński Arnaud Becker
Costa Dvořák Evans Fontaine Gomez Hofmann Iglesias Jensen Kraus Lopez Müller Nagy`.split(/\s+/);

export const titles: readonly string[] = [
  'Accountant',
  'Analyst',
  'Architect',
  'Assistant',
  'Buyer',
  'Consultant',
  'Controller',
  'Developer',
  'Engineer',
  'Executive',
  'Geräteführer',
  'Nurse',
  'Operator',
  'Planner',
  'Technician',
  'Trainer',
];

export const places: readonly string[] = [
  'Lyon',
  'Porto',
  'Gent',
  'Malmö',
  'Turin',
  'Brno',
  'Graz',
  'Bilbao',
  'Cork',
  'Łódź',
];

export const unitNames: readonly string[] = [
  'Sales',
  'Purchasing',
  'Research',
  'Logistics',
  'Finance',
  'Support',
  'Quality',
  'Legal',
  'Production',
  'Études',
];
