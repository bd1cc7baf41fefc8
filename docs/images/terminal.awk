# Text of a terminal with colours (ANSI SGR) to an SVG picture.
function escape(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
function style() { return (green ? "#7ee787" : dim ? "#8b949e" : "#e6edf3") (bold ? "\" font-weight=\"bold" : "") }
function span(text) { return text == "" ? "" : "<tspan fill=\"" style() "\">" escape(text) "</tspan>" }
function sgr(codes,   list, count, at) {
    count = split(codes, list, ";")
    if (count == 0) { bold = dim = green = 0 }
    for (at = 1; at <= count; at++) {
        if (list[at] + 0 == 0) bold = dim = green = 0
        else if (list[at] == 1) bold = 1
        else if (list[at] == 2) dim = 1
        else if (list[at] == 22) bold = dim = 0
        else if (list[at] == 32) green = 1
        else if (list[at] == 39) green = 0
    }
}
{
    line = ""
    rest = $0
    while (match(rest, /\033\[[0-9;]*m/)) {
        line = line span(substr(rest, 1, RSTART - 1))
        sgr(substr(rest, RSTART + 2, RLENGTH - 3))
        rest = substr(rest, RSTART + RLENGTH)
    }
    lines[NR] = line span(rest)
    if (lines[NR] != "") last = NR
}
END {
    width = columns * 8.43 + 40
    height = last * 20 + 68
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n", width, height
    printf "<rect width=\"%d\" height=\"%d\" rx=\"10\" fill=\"#0d1117\"/>\n", width, height
    printf "<circle cx=\"24\" cy=\"22\" r=\"6\" fill=\"#ff5f57\"/><circle cx=\"44\" cy=\"22\" r=\"6\" fill=\"#febc2e\"/><circle cx=\"64\" cy=\"22\" r=\"6\" fill=\"#28c840\"/>\n"
    for (at = 1; at <= last; at++)
        if (lines[at] != "") printf "<text x=\"20\" y=\"%d\" xml:space=\"preserve\">%s</text>\n", at * 20 + 40, lines[at]
    print "</svg>"
}
