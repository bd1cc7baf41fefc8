using System.CommandLine;

namespace GemmaSharp.Cli;

/// <summary>The option that quantises a model while it is loaded.</summary>
internal static class QuantizationOption
{
    public static Option<string?> Create() => new("--isq", "--quant")
    {
        HelpName = "BITS-OR-TYPE",
        Description = "quantise the decoder while it is loaded: 4, 5, 6 or 8 bits, or a type such as q4_k or q8_0",
    };
}
