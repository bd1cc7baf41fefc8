using System.CommandLine;
using System.Text;
using GemmaSharp.Grammar;

namespace GemmaSharp.Cli.Parsing;

/// <summary>What the answer may be: a grammar, a JSON schema or a regular expression, as a text or in a file.</summary>
internal sealed class GrammarArguments
{
    private const int MostBytes = 4 << 20;
    private readonly Option<string?> _grammar = new("--grammar", "--grammar-file") { HelpName = "TEXT|FILE", Description = "the answer fits a grammar in GBNF" };
    private readonly Option<string?> _schema = new("--json-schema", "--json-schema-file") { HelpName = "TEXT|FILE", Description = "the answer is JSON and fits a schema; {} takes any" };
    private readonly Option<string?> _regex = new("--regex") { HelpName = "TEXT", Description = "the answer fits a regular expression from end to end" };

    public void AddTo(Command command)
    {
        command.Options.Add(_grammar);
        command.Options.Add(_schema);
        command.Options.Add(_regex);
    }

    /// <summary>The grammar, or null where none is given.</summary>
    public TextGrammar? Read(ParseResult parsed)
    {
        string? grammar = parsed.GetValue(_grammar), schema = parsed.GetValue(_schema), regex = parsed.GetValue(_regex);
        int given = (grammar is null ? 0 : 1) + (schema is null ? 0 : 1) + (regex is null ? 0 : 1);
        if (given > 1)
        {
            throw new ArgumentException($"{given} of --grammar, --json-schema and --regex are given; one is expected");
        }

        return grammar is not null ? TextGrammar.FromGbnf(ReadText("--grammar", grammar, grammar.Contains("::=", StringComparison.Ordinal)))
            : schema is not null ? TextGrammar.FromJsonSchema(ReadText("--json-schema", schema, schema.TrimStart() is "true" or "false" or ['{', ..]))
            : regex is not null ? TextGrammar.FromRegex(regex) : null;
    }

    private static string ReadText(string option, string value, bool isText)
    {
        if (isText)
        {
            return value;
        }

        FileInfo file = new(value);
        return !file.Exists ? throw new FileNotFoundException($"{option}: '{value}' is no such text, and no such file", value)
            : file.Length > MostBytes ? throw new InvalidDataException($"{value}: {file.Length} bytes found, at most {MostBytes} expected")
            : File.ReadAllText(value, Encoding.UTF8);
    }
}
