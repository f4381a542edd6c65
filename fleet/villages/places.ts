import type { Village } from './village.ts'

/**
 * The villages of the first year. Coordinates are approximate, from general knowledge, good to about ten kilometres:
 * enough for a map of the republic. People correct them by `PUT /villages/{name}`.
 */
export const places: readonly Village[] = [
  { name: 'Бахта', district: 'Чистопольский', latitude: 55.22, longitude: 50.75 },
  { name: 'Дружба', district: 'Мензелинский', latitude: 55.7, longitude: 53.3 },
  { name: 'Кителга', district: 'Альметьевский', latitude: 54.83, longitude: 51.87 },
  { name: 'Шемордан', district: 'Сабинский', latitude: 56.19, longitude: 50.4 },
  { name: 'Рантамак', district: 'Сармановский', latitude: 55.22, longitude: 52.87 },
  { name: 'Сеитово', district: 'Верхнеуслонский', latitude: 55.62, longitude: 48.6 },
  { name: 'Танкеевка', district: 'Спасский', latitude: 54.87, longitude: 49.47 },
  { name: 'Карадули', district: 'Лаишевский', latitude: 55.48, longitude: 49.77 },
  { name: 'Данауровка', district: 'Чистопольский', latitude: 55.17, longitude: 50.55 },
  { name: 'Якты-Тау', district: 'Черемшанский', latitude: 54.6, longitude: 51.35 },
  { name: 'Новый Посёлок', district: 'Высокогорский', latitude: 55.95, longitude: 49.25 },
  { name: 'Большие Лызи (1-я часть)', district: 'Балтасинский', latitude: 56.45, longitude: 50.13 },
  { name: 'Большие Тиганы', district: 'Алексеевский', latitude: 55.18, longitude: 50.15 },
  { name: 'Кирельское', district: 'Камско-Устьинский', latitude: 55.05, longitude: 49.05 },
  { name: 'Пролей-Каша', district: 'Тетюшский', latitude: 54.87, longitude: 48.5 },
  { name: 'Бикмуразово (1-я часть)', district: 'Буинский', latitude: 54.93, longitude: 48.08 },
  { name: 'Старые Гардали', district: 'Тукаевский', latitude: 55.58, longitude: 52.65 },
  { name: 'Новое Курмашево', district: 'Актанышский', latitude: 55.8, longitude: 53.8 },
]
