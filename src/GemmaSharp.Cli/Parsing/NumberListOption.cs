using System.CommandLine;
using System.Globalization;

namespace GemmaSharp.Cli.Parsing;

/// <summary>Options that take whole numbers with commas between.</summary>
internal static class NumberListOption
{
    /// <summary>An option that stands for <paramref name="missing"/> when it is left out.</summary>
    public static Option<int[]> Create(string name, string alias, int least, int most, int[] missing, string description) => new(name, alias)
    {
        Arity = ArgumentArity.ExactlyOne,
        DefaultValueFactory = _ => missing,
        Description = description,
        HelpName = "N,N,...",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            int[] numbers = Array.ConvertAll(
                text.Split(','), part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number : -1);
            if (!numbers.Contains(-1))
            {
                return numbers;
            }

            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name}: '{text}' found, whole numbers from {least} to {most} with commas between expected"));
            return [];
        },
    };
}
