using System.CommandLine;
using System.Globalization;
using GemmaSharp.Loading;

namespace GemmaSharp.Cli.Parsing;

/// <summary>Which part of a model is taken: a slice, one of a size, or what fits into so much memory.</summary>
/// <param name="withMemory">Whether memory can be what decides.</param>
internal sealed class SliceArguments(bool withMemory = true)
{
    private readonly Option<string?> _slice = CreateSlice("a MatFormer slice of the model");
    private readonly Option<string?> _table = CreateTable();
    private readonly Option<long?> _effective = CreateAmount("--effective-params", "the largest slice with at most so many parameters that compute, 2.5B or 900M; between slices of the table, layers are widened one by one", [("B", 1e9), ("M", 1e6), ("K", 1e3)]);
    private readonly Option<long?> _memory = CreateAmount("--memory", "choose slice, cache, context and encoder policy so that the program holds no more than that, 3GB or 500MB", [("GB", 1e9), ("MB", 1e6), ("GiB", 1L << 30), ("MiB", 1L << 20)]);

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_slice, _table, _effective, .. withMemory ? new Option[] { _memory } : []])
        {
            command.Options.Add(option);
        }
    }

    public EngineOptions ReadInto(ParseResult parsed, EngineOptions options) => options with
    {
        Slice = parsed.GetValue(_slice),
        MatFormerTable = parsed.GetValue(_table),
        EffectiveParameters = parsed.GetValue(_effective),
        MemoryLimit = withMemory ? parsed.GetValue(_memory) : null,
    };

    /// <summary>Refuses a table out of which nothing is chosen.</summary>
    public static EngineOptions RequireOne(EngineOptions options) => options is { Slice: null, EffectiveParameters: null, MemoryLimit: null, MatFormerTable: string table }
        ? throw new ArgumentException($"{table}: a table of slices is given, the name of a slice is expected too")
        : options;

    public static Option<string?> CreateSlice(string what) => new("--slice", "--matformer-slice-name")
    {
        HelpName = "NAME|SPEC",
        Description = $"{what}: a name of its table, or ffn=WIDTHxCOUNT,... (of the layers that stay, or one WIDTH for all) and skip=LAYER,FIRST-LAST,... like {ModelSlices.Example}",
    };

    public static Option<string?> CreateTable() => new("--matformer-config-path")
    {
        HelpName = "FILE",
        Description = "table of slices, CSV or JSON; slices.csv or slices.json beside the model, or that of the published E4B, when left out",
    };

    // A number with one of the endings, or none.
    private static Option<long?> CreateAmount(string name, string description, (string Ending, double Unit)[] units) => new(name)
    {
        HelpName = "N" + units[0].Ending,
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            (string ending, double unit) = units.FirstOrDefault(one => text.EndsWith(one.Ending, StringComparison.OrdinalIgnoreCase), ("", 1));
            if (double.TryParse(text[..^ending.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * unit is >= 1 and < 1e15)
            {
                return (long)(number * unit);
            }

            result.AddError($"{name}: '{text}' found, a number like {"N" + units[0].Ending} or N{units[1].Ending} expected");
            return null;
        },
    };
}
