/** A village with a terminal: the terminal's id and the village's name in Russian. */
export interface Village {
  readonly id: string
  readonly name: string
}

const names: readonly Village[] = [
  { id: 'bakhta', name: 'Бахта' },
  { id: 'druzhba', name: 'Дружба' },
  { id: 'kitelga', name: 'Кителга' },
  { id: 'shemordan', name: 'Шемордан' },
  { id: 'rantamak', name: 'Рантамак' },
  { id: 'seitovo', name: 'Сеитово' },
  { id: 'tankeevka', name: 'Танкеевка' },
  { id: 'karaduli', name: 'Карадули' },
  { id: 'danaurovka', name: 'Данауровка' },
  { id: 'yakty-tau', name: 'Якты-Тау' },
  { id: 'novy-posyolok', name: 'Новый Посёлок' },
  { id: 'bolshie-lyzi-1', name: 'Большие Лызи (1-я часть)' },
  { id: 'bolshie-tigany', name: 'Большие Тиганы' },
  { id: 'kirelskoe', name: 'Кирельское' },
  { id: 'proley-kasha', name: 'Пролей-Каша' },
  { id: 'bikmurazovo-1', name: 'Бикмуразово (1-я часть)' },
  { id: 'starye-gardali', name: 'Старые Гардали' },
  { id: 'novoe-kurmashevo', name: 'Новое Курмашево' },
]

/** The first `count` villages: the 18 of the first year by their names, further ones numbered. */
export const villages = (count: number): readonly Village[] =>
  Array.from(
    { length: count },
    (_, index) => names[index] ?? { id: `village-${index + 1}`, name: `Авыл ${index + 1}` },
  )
