using System.CommandLine;
using System.CommandLine.Parsing;

namespace GemmaSharp.Cli.Parsing;

/// <summary>What is wrong with a command line, as one line.</summary>
internal static class ParseFailure
{
    /// <summary>The first problem, or null.</summary>
    public static string? Describe(ParseResult parsed)
    {
        if (parsed.Action is System.CommandLine.Help.HelpAction)
        {
            return null;
        }

        Command command = parsed.CommandResult.Command;
        string[] options = [.. Options(parsed.CommandResult).SelectMany(option => option.Aliases.Prepend(option.Name))];
        if (UnknownOption(parsed)?.Split('=')[0] is string unknown)
        {
            return $"unknown option {unknown}{Suggestion.For(unknown, options.Where(name => name.StartsWith("--", StringComparison.Ordinal)))}";
        }

        if (parsed.Errors.Count == 0)
        {
            return null;
        }

        if (command.Subcommands.Count > 0)
        {
            string[] commands = [.. command.Subcommands.Select(one => one.Name)];
            return parsed.UnmatchedTokens is [string first, ..]
                ? $"unknown command '{first}'{Suggestion.For(first, commands)}"
                : $"a command is needed: {string.Join(", ", commands)} ({Path(command)} --help tells more)";
        }

        return parsed.UnmatchedTokens is [string extra, ..]
            ? $"'{extra}' is one word too many; a prompt with spaces goes into quotes ({Path(command)} --help)"
            : parsed.Errors[0].Message.ReplaceLineEndings(" ").TrimEnd('.');
    }

    private static string Path(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is Command parent ? $"{Path(parent)} {command.Name}" : "gemmasharp";

    // An argument takes whatever looks like no option, and so a mistyped option too.
    private static string? UnknownOption(ParseResult parsed)
    {
        Token[] tokens = [.. parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)];
        IEnumerable<string> values = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens).Select(token => token.Value);
        return values.Concat(parsed.UnmatchedTokens)
            .FirstOrDefault(value => value.Length > 1 && value[0] == '-' && !double.TryParse(value, out _) && tokens.Any(token => token.Value == value));
    }

    private static IEnumerable<Option> Options(CommandResult result) =>
        result.Parent is CommandResult parent ? result.Command.Options.Concat(Options(parent).Where(option => option.Recursive)) : result.Command.Options;
}
