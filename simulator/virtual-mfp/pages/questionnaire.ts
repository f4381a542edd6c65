import { line, sheet, table, text } from './drawing.ts'

/** Hills under an evening sky, with the soft shades and the grain of a photograph. */
const photograph = (x: number, y: number, width: number, height: number): string => `<defs>
<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="#3b6ea8"/><stop offset="0.6" stop-color="#e8b987"/><stop offset="1" stop-color="#f6dfae"/>
</linearGradient>
<linearGradient id="field" x1="0" y1="0" x2="1" y2="1">
<stop offset="0" stop-color="#7c9a3d"/><stop offset="1" stop-color="#35501f"/>
</linearGradient>
<radialGradient id="sun"><stop offset="0" stop-color="#fff6d0"/><stop offset="1" stop-color="#f2c063" stop-opacity="0"/></radialGradient>
<filter id="grain"><feTurbulence type="fractalNoise" baseFrequency="0.8" numOctaves="1" seed="7"/>
<feColorMatrix values="0 0 0 0 0.5  0 0 0 0 0.5  0 0 0 0 0.5  0 0 0 0.35 0"/></filter>
<clipPath id="frame"><rect x="${x}" y="${y}" width="${width}" height="${height}"/></clipPath></defs>
<g clip-path="url(#frame)">
<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="url(#sky)"/>
<circle cx="${x + width * 0.7}" cy="${y + height * 0.5}" r="${width * 0.28}" fill="url(#sun)"/>
<path d="M${x} ${y + height * 0.7} q${width * 0.3} ${-height * 0.2} ${width * 0.55} 0 t${width * 0.5} ${-height * 0.02} V${y + height} H${x} Z" fill="url(#field)"/>
<path d="M${x + width * 0.2} ${y + height * 0.72} l90 -80 l90 80 v110 h-180 Z" fill="#6b3b2a"/>
<rect x="${x}" y="${y}" width="${width}" height="${height}" filter="url(#grain)" opacity="0.5"/>
</g>`

/** A questionnaire with a photograph. */
export const questionnairePage = (): string =>
  sheet(
    [
      text(240, 330, 'АНКЕТА ХОЗЯЙСТВА', { size: 72, bold: true }),
      text(240, 420, 'ХУҖАЛЫК АНКЕТАСЫ', { size: 52 }),
      photograph(1450, 240, 800, 600),
      text(1450, 900, 'Фото участка / Участок фотосы', { size: 34, italic: true }),
      text(240, 560, 'Название: «Зелёный луг»'),
      line(240, 590, 1350, 590, 2),
      text(240, 690, 'Исеме: «Яшел болын»'),
      line(240, 720, 1350, 720, 2),
      text(240, 820, 'Площадь / Мәйданы: 12,5 га'),
      line(240, 850, 1350, 850, 2),
      table(240, 1050, [1180, 400, 430], 120, [
        ['Вопрос / Сорау', 'Да / Әйе', 'Нет / Юк'],
        ['Есть ли интернет дома? / Өйдә интернет бармы?', '✓', ''],
        ['Нужна ли помощь агронома?', '✓', ''],
        ['Җәйге көтүлек җитәме?', '', '✓'],
        ['Получали ли субсидию раньше?', '', '✓'],
        ['Һава торышы турында хәбәр кирәкме?', '✓', ''],
      ]),
      text(240, 2050, 'Пожелания / Теләкләр:', { bold: true }),
      ...[2160, 2270, 2380, 2490].map((y) => line(240, y, 2240, y, 2)),
      text(260, 2140, 'Починить дорогу к ферме, провести свет на пастбище.', {
        italic: true,
        colour: '#20308a',
      }),
      text(260, 2250, 'Көтүлеккә ут кертергә, юлны төзәтергә иде.', { italic: true, colour: '#20308a' }),
    ].join('\n'),
  )
