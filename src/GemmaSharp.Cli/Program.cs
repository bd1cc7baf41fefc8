using System.CommandLine;
using System.Text;
using GemmaSharp.Cli;
using GemmaSharp.Cli.Commands;
using GemmaSharp.Cli.Parsing;

Console.OutputEncoding = Console.InputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
RootCommand root = new("GemmaSharp runs Gemma 3n: text, pictures and sound in, text out.");
root.Subcommands.Add(Run.Create());
root.Subcommands.Add(Serve.Create());
root.Subcommands.Add(GemmaSharp.Cli.Commands.Gateway.Create());
root.Subcommands.Add(Inspect.Create());
root.Subcommands.Add(Slices.Create());
root.Subcommands.Add(Tokenize.Create());
root.Subcommands.Add(Tokenize.CreateReverse());
root.Subcommands.Add(Logits.Create());
root.Subcommands.Add(Features.Create());
root.Subcommands.Add(Models.Create());
root.Subcommands.Add(GemmaSharp.Cli.Commands.Convert.Create());
root.Subcommands.Add(GemmaSharp.Cli.Commands.Quantize.Create());
root.Subcommands.Add(GemmaSharp.Cli.Commands.Slice.Create());
root.Subcommands.Add(Imatrix.Create());
root.Subcommands.Add(Synth.Create());
root.Subcommands.Add(Bench.Create());
root.Subcommands.Add(GemmaSharp.Cli.Commands.Perplexity.Create());
root.Subcommands.Add(Verify.Create());
ParseResult parsed = root.Parse(args);
if (ParseFailure.Describe(parsed) is string problem)
{
    Console.Error.WriteLine($"gemmasharp: {problem}");
    return Failure.BadInput;
}

// Interrupts and exceptions are the commands' own business.
InvocationConfiguration configuration = new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
