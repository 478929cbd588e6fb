#!/usr/bin/env python3
"""What Doxygen reads instead of a header or a page (FILTER_PATTERNS): the same lines, with comments as Doxygen wants them.

Headers are written to be read as they are. A class comment has a table of parameters, a member a short `//` at the end of
its line, and a name that means the same in every type (validate, zero_state, step) has no comment of its own. Here
  - comments become plain text: `<`, `@`, `#` and `\\` are no commands; lines indented by four or more are shown as they are
  - tables become tables, and a row becomes the comment of the member that it names
  - `//` behind a member or an enumerator becomes its comment
  - a name without a comment gets that of names.txt, if it stands there
A name without any of them stays undocumented, which is an error.

Pages keep their text. Their headings get a name and their links lead to it, since Doxygen 1.9.4 knows no anchors.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LIST = re.compile(r'^\s*/// {3}\w+ {2,}\S')  # a table without a header
TABLE = re.compile(r'^(\s*)///(\s{2,3})(parameter|option|field)(\s{2,}\w.*)?$')


def common_names():
    names = {}
    with open(os.path.join(HERE, 'names.txt'), encoding='utf-8') as file:
        for line in file:
            if line.strip() and not line.startswith('#'):
                keys, text = line.rstrip('\n').split(': ', 1)
                for key in keys.split(', '):
                    if key in names:
                        raise SystemExit(f'names.txt has {key} twice')
                    names[key] = text
    return names


def escaped(text):
    """Text that Doxygen shows as it is, except between backticks."""
    parts = re.split(r'(``[^`]+``|`[^`]+`)', text)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r'([\\@#<>&])', r'\\\1', parts[i])
        parts[i] = re.sub(r'(?<![\w])([*_])(?=\S)', r'\\\1', parts[i])
        parts[i] = parts[i].replace('::', '\\::') if parts[i].strip().startswith('::') else parts[i]
    return ''.join(parts)


def cell(text):
    return escaped(text.replace('|', '\\|'))


class Table:
    """A table in a comment: columns begin where the words of its header begin."""

    def __init__(self, header):
        body = header[header.index('///') + 3:]
        self.starts = [m.start() for m in re.finditer(r'(?<=\s\s)\S', '  ' + body)]
        self.starts = [s - 2 for s in self.starts]
        self.rows = []

    def cells(self, line):
        """Cells are two spaces apart; a cell belongs to the last column that begins no later than it does."""
        body = line[line.index('///') + 3:]
        found = [''] * len(self.starts)
        for m in re.finditer(r'\S+(?: \S+)*', body):
            column = max((k for k, s in enumerate(self.starts) if s <= m.start()), default=0)
            found[column] = (found[column] + '  ' + m.group()).strip()
        return found


def comments(lines):
    """Prose and tables of `///` comments. Returns the new lines, and the rows of tables by the line after the comment."""
    out, rows_before, i = list(lines), {}, 0
    while i < len(lines):
        if not lines[i].lstrip().startswith('///') or lines[i].lstrip().startswith('///<'):
            i += 1
            continue
        table, rows, last = None, {}, None
        while i < len(lines) and lines[i].lstrip().startswith('///'):
            indent, body = re.match(r'(\s*)///(.*)', lines[i]).groups()
            if TABLE.match(lines[i]) or (not table and LIST.match(lines[i]) and lines[i - 1].strip() == '///'):
                head = 'th' if TABLE.match(lines[i]) else 'td'
                table = Table(lines[i])
                cells = table.cells(lines[i])
                out[i] = f'{indent}/// <table><tr>' + ''.join(f'<{head}>{cell(c)}</{head}>' for c in cells) + '</tr></table>'
                last = i
            elif table and body.strip() and body.startswith('   '):
                cells = table.cells(lines[i])
                out[last] = out[last].replace('</table>', '')
                if not any(cells[:-1]) and out[last].endswith('</td></tr>'):  # the last cell goes on
                    out[last] = out[last][:-len('</td></tr>')]
                    out[i] = f'{indent}/// {cell(cells[-1])}</td></tr></table>'
                else:
                    out[i] = f'{indent}/// <tr>' + ''.join(f'<td>{cell(c)}</td>' for c in cells) + '</tr></table>'
                last = i
                if cells[0]:
                    for name in re.split(r',\s*', cells[0]):
                        rows[name.strip()] = cells[-1] or (cells[1] if ' ' in cells[1] else '')
                elif rows:  # a row goes on
                    name = list(rows)[-1]
                    rows[name] += ' ' + cells[-1]
            else:
                if not body.strip():
                    table = None
                if not re.match(r' {5,}|\t', body):
                    out[i] = f'{indent}///{body if body.strip() in ("@cond", "@endcond") else escaped(body)}'
            i += 1
        rows_before[i] = rows
    return out, rows_before


def tokens(text):
    """(position, token) of a header: punctuation, words; comments and literals are left out, preprocessor lines too."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'|'
        r'(?m:^[ \t]*#(?:[^\n]*\\\n)*[^\n]*)|[A-Za-z_]\w*|[0-9][\w.\']*|<=>|::|->|[^\s\w]', re.S)
    for m in pattern.finditer(text):
        t = m.group()
        if t.startswith(('//', '/*')) or re.match(r'[ \t]*#', t):
            continue
        yield m.start(), t


def without_template(words):
    """The words of a declaration behind its template<…> and its requires clauses in front."""
    words = list(words)
    while words and words[0] == 'template':
        depth, k = 0, 1
        while k < len(words):
            depth += {'<': 1, '>': -1}.get(words[k], 0)
            k += 1
            if depth == 0:
                break
        words = words[k:]
    if words and words[0] == 'requires':  # one term, which ends with > or )
        depth, k = 0, 1
        while k < len(words):
            depth += {'<': 1, '(': 1, '>': -1, ')': -1}.get(words[k], 0)
            k += 1
            if depth == 0 and words[k - 1] in ('>', ')') and (k >= len(words) or words[k] not in ('&', '|', '::')):
                break
        words = words[k:]
    return words


def kind_of(words):
    """What a `{` opens."""
    words = without_template(words)
    if not words:
        return 'other', ''
    if 'namespace' in words[:2]:
        return 'namespace', '::'.join(w for w in words if re.match(r'\w', w) and w not in ('namespace', 'inline'))
    if words[0] == 'enum':
        return 'enum', ''
    if words[0] in ('struct', 'class', 'union'):
        return 'class', words[1] if len(words) > 1 else ''
    depth, assigns, calls = 0, False, False
    for k, w in enumerate(words):
        if w in '([':
            calls = calls or (w == '(' and depth == 0)
            depth += 1
        elif w in ')]':
            depth -= 1
        elif w == '=' and depth == 0 and words[k - 1] != 'operator' and words[max(k - 2, 0)] != 'operator':
            assigns = True
    return ('body' if calls and not assigns else 'init'), ''


def name_of(words):
    """The names that a declaration declares."""
    return [name for name, _ in named(words)]


def named(words):
    """The names that a declaration declares, and for each the number of words in front of it."""
    every = len(words)
    words = without_template(words)
    skipped = every - len(words)
    return [(name, k + skipped) for name, k in names_in(words)]


def names_in(words):
    if words[:1] == ['friend'] and '(' not in words:
        return []
    if not words or words[0] in ('static_assert', 'public', 'private', 'protected', 'namespace'):
        return []
    if words[0] == 'using':
        return [(words[1], 1)] if len(words) > 2 and words[2] == '=' else []
    if words[0] in ('struct', 'class', 'enum', 'union', 'concept'):
        rest = [(w, k) for k, w in enumerate(words) if k > 0 and w not in ('class', 'struct')]
        return rest[:1]
    depth, angle, names, last = 0, 0, [], None
    k = 0
    while k < len(words):
        w = words[k]
        if w == 'operator':
            j = k + 1
            symbol = ''
            while j < len(words) and (words[j] != '(' or symbol == ''):
                symbol += words[j]
                j += 1
                if symbol == '(':
                    symbol += ')'
                    j += 1
            return [('operator' + (symbol if not symbol[:1].isalnum() else ' conversion'), k)]
        if w in ('decltype', 'alignas', 'requires') and k + 1 < len(words) and words[k + 1] == '(':
            level, k = 0, k + 1
            while k < len(words):
                level += {'(': 1, ')': -1}.get(words[k], 0)
                k += 1
                if level == 0:
                    break
            continue
        if depth == 0:
            if w == '<' and last:
                angle += 1
            elif w == '>' and angle:
                angle -= 1
            elif angle == 0:
                if w == '(':
                    return [last] if last and not names else []
                if w in ('=', ';', ','):
                    if last:
                        names.append(last)
                    last = None
                    if w == '=':  # up to the next comma
                        level = 0
                        while k < len(words) and not (level == 0 and words[k] in (',', ';')):
                            level += {'(': 1, '{': 1, '[': 1, '<': 1, ')': -1, '}': -1, ']': -1, '>': -1}.get(words[k], 0)
                            k += 1
                        continue
                elif w == '[':
                    depth += 1
                elif re.match(r'[A-Za-z_]', w) and w not in ('const', 'noexcept'):
                    last = (w, k)
        elif w == '[':
            depth += 1
        elif w == ']':
            depth -= 1
        k += 1
    if last:
        names.append(last)
    return names


def declarations(text):
    """(first position, last position, names, kind of scope, position of the comment's end of the scope's own) of what can be seen."""
    stack = [('namespace', '', True, -1)]  # kind, name, visible, where its declaration begins
    words, places, start, parens = [], [], None, 0
    saved = []
    found = []

    def finish(end):
        kind, _, visible, begin = stack[-1]
        if start is not None and visible and kind in ('namespace', 'class'):
            found.append((start, end, [(n, places[k]) for n, k in named(words)], kind, begin, stack[-1][1]))

    for position, token in tokens(text):
        kind, _, visible, _ = stack[-1]
        if kind in ('namespace', 'class') and parens == 0:
            if token == ':' and words in (['public'], ['private'], ['protected']):
                stack[-1] = (kind, stack[-1][1], words == ['public'], stack[-1][3])
                words, places, start = [], [], None
            elif token == ';':
                if words:
                    finish(position)
                words, places, start = [], [], None
            elif token == '{':
                opened, name = kind_of(words)
                if opened in ('class', 'enum'):
                    finish(position)
                inner = visible and name.split('::')[-1] != 'detail'
                if opened == 'class':
                    inner = inner and without_template(words)[0] != 'class'
                saved.append((words, places, start, opened, 0))
                stack.append((opened, name, inner, start if start is not None else position))
                words, places, start = [], [], None
            elif token == '}':
                stack.pop()
                before, spots, began, opened, _ = saved.pop()
                words, places, start = (before, spots, began) if opened == 'init' else ([], [], None)
            else:
                parens += token == '('
                start = position if start is None else start
                words.append(token)
                places.append(position)
        elif token == '{':
            saved.append((words, places, start, 'nested', parens))
            stack.append(('other', '', False, position))
            parens = 0
        elif token == '}':
            stack.pop()
            words, places, start, opened, parens = saved.pop()
            if opened == 'body':
                finish(position)
                words, places, start = [], [], None
            elif opened not in ('init', 'nested'):
                words, places, start = [], [], None
        elif kind in ('namespace', 'class'):
            parens += {'(': 1, ')': -1}.get(token, 0)
            words.append(token)
            places.append(position)
    return found


def enumerators(text):
    """The lines that stand inside enumerations."""
    inside, depth, lines = False, 0, set()
    for m in re.finditer(r'\benum\s+(?:class|struct)?\s*\w*[^;{]*\{', re.sub(r'//[^\n]*', lambda c: ' ' * len(c.group()), text)):
        end = text.index('}', m.end())
        lines.update(range(text.count('\n', 0, m.end()), text.count('\n', 0, end) + 1))
    return lines


def parts_of(comment, names):
    """`a: …; b: …` behind or above `a, b` says what each of them is."""
    cut = re.split('(?:^|; )(' + '|'.join(re.escape(n) for n in names) + '): ', comment)
    return dict(zip(cut[1::2], cut[2::2])) if cut[0] == '' else {}


def header(text):
    names = common_names()
    lines = text.split('\n')
    rewritten, rows_before = comments(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    edits = []  # (from, to, in its place)
    for k, line in enumerate(rewritten):
        if line != lines[k]:
            edits.append((starts[k], starts[k] + len(lines[k]), line))

    def line_of(position):
        return text.count('\n', 0, position)

    def trailing(k):
        """Where the comment behind a line begins, and its text."""
        m = re.match(r'(.*\S)\s+(//(?!/).*)$', lines[k])
        if not m or '//' in m.group(1):
            return None
        comment, last = m.group(2)[2:].strip(), k
        while last + 1 < len(lines) and re.match(r'\s{12,}//(?!/)', lines[last + 1]):
            last += 1
            comment += ' ' + lines[last].strip()[2:].strip()
        return starts[k] + m.start(2), starts[last] + len(lines[last]), comment

    for k in enumerators(text):
        if trailing(k):
            begin, end, comment = trailing(k)
            edits.append((begin, end, f'///< {escaped(comment)}' + '\n' * text.count('\n', begin, end)))
    for start, end, declared, kind, begin, scope in declarations(text):
        first, last = line_of(start), line_of(end)
        if re.search(r'\bconcept\b', text[start:end]) and lines[first - 1].startswith('///'):
            said = [f'`{m.group(1)}` {m.group(2)}' if m.group(1) else m.group(2)
                    for m in re.finditer(r'^ *(.*?) *//(?!/) ?(.*)', text[start:end], re.M)]
            if said:  # what Doxygen leaves out of the definition
                edits.append((starts[first - 1] + len(lines[first - 1]), starts[first] - 1, '\n'.join(
                    ['', '///', '/// What it asks for:', '///'] + [f'/// - {escaped(c)}' for c in said])))
        above = lines[first - 1].lstrip() if first else ''
        alone = lines[first][:start - starts[first]].strip() == ''
        if not declared or (alone and above.startswith('///') and not above.startswith('///<') and len(declared) == 1):
            continue
        shared = None
        if alone and above.startswith('///') and not above.startswith('///<'):  # of several, the first has it
            k = first
            while lines[k - 1].lstrip().startswith('///'):
                k -= 1
            shared = ' '.join(line.lstrip()[3:].strip() for line in lines[k:first])
        rows = rows_before.get(line_of(begin), {}) if kind == 'class' else {}
        behind = trailing(last) if kind == 'class' and text[end] == ';' else None
        if behind and len(declared) > 1 and text[end + 1:behind[0]].strip() == '':
            edits.append((behind[0], behind[1], '\n' * text.count('\n', behind[0], behind[1])))
        each = parts_of(behind[2] if behind else shared or '', [n for n, _ in declared])
        prefix = text[start:declared[0][1]]
        for k, (name, place) in enumerate(declared):
            comment = names.get(name)
            if kind == 'class' and name == scope:
                comment = names.get('constructor')
            elif kind == 'namespace' and re.search(r'\)\s*->', text[place:end]) and re.match(
                    name + r'\s*\(', ' '.join(without_template([t for _, t in tokens(text[start:end])])).replace(' (', '(')):
                comment = names.get('guide')
            if shared is not None:
                comment = each.get(name, shared if k else '') if k or not each else ''
            elif name in rows:
                comment = rows[name] or names.get(name) or 'See the table.'
            elif name in each:
                comment = each[name]
            elif behind and not each:
                comment = behind[2]
                if len(declared) == 1:
                    edits.append((behind[0], behind[1], f'///< {escaped(comment)}' +
                                  '\n' * text.count('\n', behind[0], behind[1])))
                    continue
            comment = f'/** {escaped(comment)} */ ' if comment else ''
            if k == 0:
                edits.append((start, start, comment))
            else:
                comma = text.rindex(',', declared[k - 1][1], place)
                edits.append((comma, place, ';' + '\n' * text.count('\n', comma, place) + f' {comment}{prefix}'))
    # The comment in front of the includes describes the file; a file without one has a page, too.
    for k, line in enumerate(lines):
        if line == '#pragma once':
            edits.append((starts[k], starts[k] + len(line), '/// \\file'))
            break
        if line == '//' or line.startswith('// '):
            edits.append((starts[k], starts[k] + len(line), '///' + escaped(line[2:])))
    for begin, end, replacement in sorted(edits, key=lambda e: (e[0], e[1]), reverse=True):
        text = text[:begin] + replacement + text[end:]
    return text


def anchor(page, heading):
    slug = re.sub(r'[^\w\- ]', '', re.sub(r'[`*]|\[([^]]*)\]\([^)]*\)', r'\1', heading.strip()).lower()).replace(' ', '-')
    return page_name(page) + '-' + slug


def page_name(page):
    return 'page-' + re.sub(r'\W+', '-', os.path.relpath(page, ROOT).rsplit('.', 1)[0])


def page(path, text):
    folder, fenced, out = os.path.dirname(path), False, []

    def link(m):
        shown, target = m.groups()
        if re.match(r'https?:', target):
            return m.group()
        name, _, place = target.partition('#')
        file = os.path.normpath(os.path.join(folder, name)) if name else path
        if file.endswith('.md'):
            return f'[{shown}](@ref {anchor(file, place.replace("-", " ")) if place else page_name(file)})'
        return shown if shown.startswith('`') else f'`{os.path.relpath(file, ROOT)}`'

    for k, line in enumerate(text.split('\n')):
        if line.startswith('```'):
            fenced = not fenced
        elif not fenced:
            heading = re.match(r'(#+) (.*)', line)
            if heading and not out:
                line = f'{line} {{#{page_name(path)}}}'
            elif heading:
                line = f'{line} {{#{anchor(path, heading.group(2))}}}'
            else:
                line = re.sub(r'!\[([^]]*)\]\([^)]*\)', '', line)
                line = re.sub(r'\[([^]]*)\]\(([^)]*)\)', link, line)
        out.append(line)
    return '\n'.join(out)


def main():
    path = os.path.abspath(sys.argv[1])
    with open(path, encoding='utf-8') as file:
        text = file.read()
    sys.stdout.buffer.write((page(path, text) if path.endswith('.md') else header(text)).encode())


main()
