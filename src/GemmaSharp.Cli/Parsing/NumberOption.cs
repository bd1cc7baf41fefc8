using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace GemmaSharp.Cli.Parsing;

/// <summary>Options that take a number within bounds.</summary>
internal static class NumberOption
{
    /// <summary>An option that may be left out.</summary>
    public static Option<T?> Create<T>(string name, string[] aliases, T least, T most, string description)
        where T : struct, INumber<T>
    {
        string kind = T.IsInteger(T.One / (T.One + T.One)) ? "a whole number" : "a number";
        return new Option<T?>(name, aliases)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && value >= least && value <= most)
                {
                    return value;
                }

                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name}: '{text}' found, {kind} from {least} to {most} expected"));
                return null;
            },
        };
    }
}
