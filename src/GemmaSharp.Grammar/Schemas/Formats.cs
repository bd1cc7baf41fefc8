using GemmaSharp.Grammar.Expressions;
using GemmaSharp.Grammar.Patterns;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>The formats of texts; each describes valid texts only, not all that its standard allows (ASCII, years from 1000, no leap seconds).</summary>
internal static class Formats
{
    private const string Date = "([1-9][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
        + "|([1-9][0-9](0[48]|[2468][048]|[13579][26])|([2468][048]|[13579][26])00)-02-29)";

    private const string Time = @"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    private const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private const string Host = $@"{Label}(\.{Label}){{0,2}}";
    private const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string Hex = "[0-9A-Fa-f]";
    private const string PathCharacter = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";

    private static readonly Dictionary<string, string> Patterns = new()
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = $"{Date}T{Time}",
        ["duration"] = Duration(),
        ["email"] = $@"[A-Za-z0-9_+-]{{1,20}}(\.[A-Za-z0-9_+-]{{1,20}}){{0,2}}@{Label}(\.{Label})?\.[A-Za-z]{{2,24}}",
        ["hostname"] = Host,
        ["ipv4"] = $@"{Byte}(\.{Byte}){{3}}",
        ["ipv6"] = $"({Hex}{{1,4}}:){{7}}{Hex}{{1,4}}|::({Hex}{{1,4}}(:{Hex}{{1,4}}){{0,5}})?|{Hex}{{1,4}}::({Hex}{{1,4}}(:{Hex}{{1,4}}){{0,4}})?",
        ["uuid"] = $"{Hex}{{8}}-{Hex}{{4}}-{Hex}{{4}}-{Hex}{{4}}-{Hex}{{12}}",
        ["uri"] = $@"[A-Za-z][A-Za-z0-9+.-]{{0,20}}://{Host}(:[0-9]{{1,4}})?(/{PathCharacter}*)*(\?({PathCharacter}|[/?])*)?(#({PathCharacter}|[/?])*)?",
    };

    public static IEnumerable<string> Names => Patterns.Keys;

    public static Expression? Find(string name) => Patterns.TryGetValue(name, out string? pattern) ? RegexParser.Whole(pattern) : null;

    // Units from the largest to the smallest without a gap, as ISO 8601 of RFC 3339's appendix wants it; or weeks.
    private static string Duration()
    {
        const string number = "[0-9]{1,6}";
        const string minutes = $"{number}M({number}S)?", hours = $"{number}H({minutes})?", time = $"T({hours}|{minutes}|{number}S)";
        const string days = $"{number}D", months = $"{number}M({days})?", years = $"{number}Y({months})?";
        return $"P(({years}|{months}|{days})({time})?|{time}|{number}W)";
    }
}
