#!/usr/bin/env bash
# Tables of the steps that compare.sh has kept: report.sh STEPS TITLE
set -eu
steps=$1; title=$2
echo "# $title: against llama.cpp v0.5.0"
echo
echo "$(dotnet --version), $(date +%F), $(ls "$steps" | grep -vc part) steps. Ratios are own figures over the peer's, medians over the passes: speeds are better above 1, times and memory below."
echo "A star marks figures of which a step ran beside other programs."
for step in "$steps"/*; do
    case "$step" in *.part) continue ;; esac
    sed "s|^|$(basename "$step") |" "$step"
done | awk '
    function median(list, count,   i, j, t) {
        for (i = 2; i <= count; i++) for (j = i; j > 1 && list[j] < list[j - 1]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t }
        return count == 0 ? -1 : count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
    }
    function own_key(m, t, p, side, what) { return m "-t" t "-pass" p "-" side " " what }
    # The median over the passes of own / peer; of one side alone where peer is empty.
    function figure(m, t, what, suffix, mode,   p, n, list, a, b, k) {
        star = ""; n = 0
        for (p = 1; p <= 99; p++) {
            a = own_key(m, t, p, "own" suffix, what); b = own_key(m, t, p, "peer" suffix, what)
            if (mode == "ratio" && (!(a in value) || !(b in value) || value[b] == 0)) continue
            if (mode == "own" && !(a in value)) continue
            if (mode == "peer" && !(b in value)) continue
            list[++n] = mode == "ratio" ? value[a] / value[b] : mode == "own" ? value[a] : value[b]
            if ((mode != "peer" && (own_key(m, t, p, "own" suffix, "loud") in value)) || (mode != "own" && (own_key(m, t, p, "peer" suffix, "loud") in value))) star = "*"
        }
        return median(list, n)
    }
    function cell(x, format) { return x < 0 ? "-" : sprintf(format, x) star }
    function table(title, what, suffix, t, must, goal,   i, line) {
        line = "| " title " |"
        for (i = 1; i <= models; i++) line = line " " cell(figure(model[i], t, what, suffix, "ratio"), "%.2f") " |"
        print line " " must " | " goal " |"
    }
    function plain(title, what, suffix, t, format,   i, line, o) {
        line = "| " title " |"
        for (i = 1; i <= models; i++) { o = cell(figure(model[i], t, what, suffix, "own"), format); line = line " " o " / " cell(figure(model[i], t, what, suffix, "peer"), format) " |" }
        print line
    }
    { if (NF == 4) { limit[$3, ++limits[$3]] = $4; next } value[$1 " " $2] = $3 }
    match($1, /^(e2b|e4b|tiny)-[a-z0-9_]*-t[0-9]*-pass/) { split($1, part, "-"); name = part[1] "-" part[2]; if (!(name in known)) { known[name] = 1; model[++models] = name } seen[part[3]] = 1 }
    END {
        cost["e2b"] = 1.884; cost["e4b"] = 3.948 # GMAC a token, without attention and head
        if (models > 0) {
            head = "| work |"; rule = "|---|"
            for (i = 1; i <= models; i++) { head = head " " model[i] " |"; rule = rule "---|" }
            print "\n## Ratios\n"; print head " must | goal |"; print rule "---|---|"
            for (t = 1; t <= 64; t++) if (("t" t) in seen) {
                s = t " thread" (t > 1 ? "s" : "")
                table("prefill 512, " s, "pp512", "", t, "1.5", "2.5")
                table("decode 64 after 128, " s, "tg64", "", t, t > 1 ? "1.1" : "1.2", t > 1 ? "1.3" : "1.5")
                table("peak resident memory, context 1024, " s, "rss_mb", "", t, "at most 0.6, Q8_0 0.8", "0.45, 0.65")
                table("start to first token, warm file, " s, "first", "-first", t, "at most 0.8, Q8_0 1.5", "0.3, 0.8")
            }
            print "\n## Figures, own / llama.cpp\n"; print head; print rule
            for (t = 1; t <= 64; t++) if (("t" t) in seen) {
                s = t " thread" (t > 1 ? "s" : "")
                plain("prefill, tokens/s, " s, "pp512", "", t, "%.1f")
                plain("decode, tokens/s, " s, "tg64", "", t, "%.1f")
                plain("peak memory, MB, " s, "rss_mb", "", t, "%.0f")
                plain("first token, s, " s, "first", "-first", t, "%.2f")
                line = "| decode, share of read bandwidth, own, " s " |"; rates = "| prefill, GMAC/s a core, own, " s " |"
                for (i = 1; i <= models; i++) {
                    line = line " " cell(figure(model[i], t, "share", "", "own"), "%.2f") " |"
                    speed = figure(model[i], t, "pp512", "", "own"); rates = rates " " cell(speed < 0 || !(substr(model[i], 1, 3) in cost) ? -1 : speed * cost[substr(model[i], 1, 3)] / t, "%.0f") " |"
                }
                print line; print rates
            }
        }
        encoders()
        print "\n## The machine meanwhile\n"; print "| limit | least | median | most |"; print "|---|---|---|---|"
        for (t = 1; t <= 2; t++) { spread("memory read, GB/s, " t " thread" (t > 1 ? "s" : ""), "bw" t); spread("float FMA, GMAC/s, " t " thread" (t > 1 ? "s" : ""), "fma" t) }
    }
    function spread(title, which,   i, list, m) {
        for (i = 1; i <= limits[which]; i++) list[i] = limit[which, i]
        m = median(list, limits[which])
        if (limits[which] > 0) printf "| %s | %.1f | %.1f | %.1f |\n", title, list[1], m, list[limits[which]]
    }
    # The image encoder of llama.cpp is not in the package: 435.7 GMAC ran at 9.06 % of the FMA peak of one core and 8.00 % of two where it was measured.
    function encoders(   t, type, i, key, list, n, peak, any, line) {
        for (t = 1; t <= 64; t++) for (type = 1; type <= 2; type++) {
            key = "mmproj-" (type == 1 ? "f16" : "q8_0") "-t" t "-pass1-own "
            if (!((key "image") in value)) continue
            if (!any++) { print "\n## Encoders at real size\n"; print "| projector, threads | image 768x768, s | GMAC/s | share of the FMA peak | against llama.cpp'"'"'s share | 30 s of sound, s | times real time |"; print "|---|---|---|---|---|---|---|" }
            n = limits["fma" t]; for (i = 1; i <= n; i++) list[i] = limit["fma" t, i]
            peak = n > 0 ? median(list, n) : -1; star = ((key "loud") in value) ? "*" : ""
            rate = 435.7 / value[key "image"]
            share = "-"; against = "-"
            if (peak > 0) { share = sprintf("%.3f", rate / peak); if (t <= 2) against = sprintf("%.1f", rate / peak / (t == 1 ? 0.0906 : 0.0800)) }
            printf "| %s, %d | %.2f%s | %.1f | %s | %s | %.2f%s | %.1f |\n", (type == 1 ? "F16" : "Q8_0"), t, value[key "image"], star, rate, share, against, value[key "audio"], star, 30 / value[key "audio"]
        }
        for (t = 1; t <= 64; t++) {
            key = "deep-q4_0-t" t "-pass1-own "
            if (!((key "tg64@16384") in value)) continue
            if (!deep++) { print "\n## Long context, E2B Q4_0\n"; print "| threads | decode after 128, tokens/s | after 16k more | of the speed | must | goal |"; print "|---|---|---|---|---|---|" }
            star = ((key "loud") in value) ? "*" : ""
            printf "| %d | %.1f | %.1f | %.2f%s | 0.6 | 0.8 |\n", t, value[key "tg64"], value[key "tg64@16384"], value[key "tg64@16384"] / value[key "tg64"], star
        }
    }'
