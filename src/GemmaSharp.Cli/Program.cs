using System.CommandLine;
using GemmaSharp.Cli;
using GemmaSharp.Cli.Commands;

RootCommand root = new("GemmaSharp runs Gemma 3n: text, pictures and sound in, text out.");
root.Subcommands.Add(Run.Create(args));
root.Subcommands.Add(Inspect.Create());
root.Subcommands.Add(Tokenize.Create());
root.Subcommands.Add(Tokenize.CreateReverse());
root.Subcommands.Add(Logits.Create(args));
root.Subcommands.Add(Features.Create());
root.Subcommands.Add(Models.Create());
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine($"gemmasharp: {parsed.Errors[0].Message}");
    return Failure.BadInput;
}

return await parsed.InvokeAsync().ConfigureAwait(false);
