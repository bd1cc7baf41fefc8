// Markdown to elements. Only text nodes carry what the model wrote, so nothing of it can become markup.

const inline = /(`+)([^`]|[^`].*?[^`])\1(?!`)|\*\*(.+?)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*|\[([^\]]*)\]\((https?:\/\/[^\s)]+)\)/gs;

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function spans(text) {
  const made = [];
  let last = 0;
  for (const match of text.matchAll(inline)) {
    const [whole, , code, strong, emphasis, label, address] = match;
    made.push(text.slice(last, match.index));
    last = match.index + whole.length;
    if (code !== undefined) made.push(element('code', code));
    else if (strong !== undefined) made.push(element('strong', ...spans(strong)));
    else if (emphasis !== undefined) made.push(element('em', ...spans(emphasis)));
    else made.push(link(label, address));
  }
  made.push(text.slice(last));
  return made.filter(one => one !== '');
}

// The address is shown too: a label must not hide where a link leads.
function link(label, address) {
  const made = element('a', label && label !== address ? `${label} (${address})` : address);
  made.href = address;
  made.target = '_blank';
  made.rel = 'noopener noreferrer nofollow';
  return made;
}

function list(lines, index, pattern, name) {
  const made = element(name);
  for (let match; index < lines.length && (match = pattern.exec(lines[index])); index++) made.append(element('li', ...spans(match[1])));
  return [made, index];
}

function fence(lines, index) {
  const code = [];
  for (index++; index < lines.length && !/^\s*```\s*$/.test(lines[index]); index++) code.push(lines[index]);
  const block = element('pre', element('code', code.join('\n')));
  block.tabIndex = 0;
  return [block, index + 1];
}

/** Replaces what is in an element by a text's elements. */
export function render(text, into) {
  const lines = text.split('\n'), made = [], bullet = /^\s*[-*+]\s+(.*)$/, number = /^\s*\d+[.)]\s+(.*)$/;
  const special = line => line.trim() === '' || /^\s*```/.test(line) || /^#{1,6}\s/.test(line) || bullet.test(line) || number.test(line);
  for (let index = 0; index < lines.length;) {
    const line = lines[index];
    let block;
    if (line.trim() === '') { index++; continue; }
    if (/^\s*```/.test(line)) [block, index] = fence(lines, index);
    else if (/^#{1,6}\s/.test(line)) { block = element('h3', ...spans(line.replace(/^#+\s+/, ''))); index++; }
    else if (bullet.test(line)) [block, index] = list(lines, index, bullet, 'ul');
    else if (number.test(line)) [block, index] = list(lines, index, number, 'ol');
    else {
      const from = index++;
      while (index < lines.length && !special(lines[index])) index++;
      block = element('p', ...spans(lines.slice(from, index).join('\n')));
      block.style.whiteSpace = 'pre-wrap';
    }
    made.push(block);
  }
  into.replaceChildren(...made);
}
