using System.Globalization;

namespace GemmaSharp.Benchmarks;

/// <summary>What <see cref="DraftRun"/> is to measure.</summary>
internal sealed record DraftRunArguments(string Model)
{
    /// <summary>Slices that draft.</summary>
    public string[] Slices { get; private init; } = [];

    /// <summary>Tokens of an answer.</summary>
    public int Tokens { get; private init; } = 160;

    /// <summary>Answers with and without drafts in turn.</summary>
    public int Rounds { get; private init; } = 3;

    /// <summary>Answers at the same time.</summary>
    public int Clients { get; private init; } = 1;

    /// <summary>Part of the names of what is asked; all where empty.</summary>
    public string Work { get; private init; } = "";

    public static DraftRunArguments Parse(string[] args)
    {
        DraftRunArguments found = new(args is [string model, ..] ? model : throw new ArgumentException("drafts: a model is expected"));
        for (int at = 1; at < args.Length; at += 2)
        {
            string value = at + 1 < args.Length ? args[at + 1] : throw new ArgumentException($"{args[at]}: a value is expected");
            found = args[at] switch
            {
                "--slice" => found with { Slices = [.. found.Slices, value] },
                "--tokens" => found with { Tokens = int.Parse(value, CultureInfo.InvariantCulture) },
                "--rounds" => found with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
                "--clients" => found with { Clients = int.Parse(value, CultureInfo.InvariantCulture) },
                "--work" => found with { Work = value },
                _ => throw new ArgumentException($"{args[at]}: --slice, --tokens, --rounds, --clients or --work expected"),
            };
        }

        return found;
    }
}
