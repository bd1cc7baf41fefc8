using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GemmaSharp.Tests.Architecture;

/// <summary>Every source file with logic has tests at the mirrored path, or stands below with the tests that cover it.</summary>
public sealed class MirrorTests
{
    // A file or a folder below src; the tests that run it; why it has none of its own. The longest match counts.
    private static readonly (string Source, string Tests, string Reason)[] Covered =
    [
        ("GemmaSharp.Kernels/Blocks/", "Kernels/WeightMatrixTests.cs", "blocks are reached through products and rows of a matrix"),
        ("GemmaSharp.Kernels/KeyValues/", "Kernels/KeyValues/AttendTests.cs", "blocks, panels and tiles are parts of attention"),
        ("GemmaSharp.Kernels/Memory/", "Kernels/WeightMatrixTests.cs", "every matrix owns its buffer"),
        ("GemmaSharp.Kernels/Quants/", "Kernels/Quants/QuantMatrixTests.cs", "kernels, tiles and widths are parts of one product"),
        ("GemmaSharp.Kernels/Tensors/", "Kernels/WeightMatrixTests.cs", "views and matrices are tested together"),
        ("GemmaSharp.Kernels/Threading/", "Kernels/ThreadTeamTests.cs", "one file, tested a folder higher"),
        ("GemmaSharp.Kernels/Ops/", "Model/Text/TextModelTests.cs", "each op's result is an activation that the reference recorded; those of the towers in their tests"),
        ("GemmaSharp.Kernels/Quantizers/", "Kernels/Quantizers/QuantizeTests.cs", "every search shows in the bytes of the types that use it"),
        ("GemmaSharp.Weights/Gguf/", "Weights/Gguf/GgufReaderTests.cs", "cursor, values, types and head are one parser, run on good, hostile and damaged files"),
        ("GemmaSharp.Weights/", "Weights/SafetensorsTests.cs", "files, index and scope are tested together, on good and hostile files"),
        ("GemmaSharp.Tokenization/", "Tokenization/TokenizerTests.cs", "vocabulary, merges and streams show in ids and text"),
        ("GemmaSharp.Tokenization/SentencePiece/", "Tokenization/SentencePiece/FolderPiecesTests.cs", "models, merges and added tokens make one list of pieces, compared with the converter's"),
        ("GemmaSharp.Tokenization/Templates/", "Tokenization/ChatTemplateTests.cs", "the interpreter's parts show in rendered text, over the reference's cases"),
        ("GemmaSharp.Media/", "Media/Audio/AudioDecoderTests.cs", "decoder, resampler and windows run on the same clips"),
        ("GemmaSharp.Media/Images/", "Media/Images/ImageDecoderTests.cs", "decoded and resized pixels are compared together"),
        ("GemmaSharp.Model/", "Model/Gemma3nModelTests.cs", "names, inputs and states are parts of whole prompts"),
        ("GemmaSharp.Model/Audio/", "Model/Audio/AudioTowerTests.cs", "every part's output is a probe of the tower's trace"),
        ("GemmaSharp.Model/Cache/", "Model/Text/TextModelTests.cs", "chunks, truncation and windows are tested on the decoder"),
        ("GemmaSharp.Model/Config/", "Model/Text/TextModelTests.cs", "older spellings and overridden fields run through the decoder"),
        ("GemmaSharp.Model/Export/", "Model/Export/GgufExportTests.cs", "names, shapes, types and keys are compared as the lists they make"),
        ("GemmaSharp.Model/Layers/", "Model/Text/TextModelTests.cs", "leaf modules of every trace"),
        ("GemmaSharp.Model/MatFormer/", "Model/MatFormer/MatFormerTableTests.cs", "rows, slices and table are one format"),
        ("GemmaSharp.Model/Multimodal/", "Model/Gemma3nModelTests.cs", "embedders show in prompts with media"),
        ("GemmaSharp.Model/Text/", "Model/Text/TextModelTests.cs", "every module's output is a tap of the decoder's trace"),
        ("GemmaSharp.Model/Vision/", "Model/Vision/VisionTowerTests.cs", "every block's output is a probe of the tower's trace"),
        ("GemmaSharp.Grammar/", "Grammar/Tokens/TokenMasksTests.cs", "networks, states and the trie show in masks, compared with every token tried"),
        ("GemmaSharp.Grammar/Gbnf/", "Grammar/Gbnf/GbnfParserTests.cs", "reader and parser are one notation"),
        ("GemmaSharp.Grammar/Patterns/", "Grammar/Patterns/RegexParserTests.cs", "reader, classes and parser are one notation"),
        ("GemmaSharp.Grammar/Schemas/", "Grammar/Schemas/SchemaCompilerTests.cs", "every keyword shows in what a schema takes; random ones against a validator in SchemaWalkTests"),
        ("GemmaSharp/", "Library/PocketAnswersTests.cs", "loading, prompting and generating make whole answers, compared word for word"),
        ("GemmaSharp/Conversion/", "Library/Conversion/GgufConversionTests.cs", "keys and names show in the bytes of whole files"),
        ("GemmaSharp/Diagnostics/", "Library/Diagnostics/InspectionTests.cs", "sections of facts are tested as the whole they make"),
        ("GemmaSharp/Prompting/", "Library/MergedPromptsTests.cs", "expanded prompts and encoded media are compared with the reference's"),
        ("GemmaSharp/Sampling/", "Library/Sampling/SamplerTests.cs", "settings are tested with the sampler"),
        ("GemmaSharp.Server/", "Server/Endpoints/ChatCompletionsTests.cs", "readers, answers and streams show in what comes over a socket"),
        ("GemmaSharp.Gateway/", "Gateway/GatewayAppTests.cs", "replicas, choices and bodies show in what comes over a socket"),
        ("GemmaSharp.Hub/", "Hub/HubClientTests.cs", "cache, requests and downloads are tested against a hub on the same machine"),
        ("GemmaSharp.Cli/", "Cli/ProgramTests.cs", "commands are run as a user runs them"),
    ];

    private static readonly Dictionary<string, string> Rooms = new() { ["GemmaSharp"] = "Library" };

    [Fact]
    public void Sources_WithLogic_HaveTests() =>
        Assert.Empty(SourceFile.Src.Where(HasLogic).Where(file => !HasOwnTests(file) && Cover(file) is null)
            .Select(file => $"{file.Path}: no tests at {OwnTests(file)} and no row in {nameof(MirrorTests)}"));

    [Fact]
    public void Rows_NameWhatExists() =>
        Assert.All(
            Covered.SelectMany(row => new[] { $"src/{row.Source}", $"tests/GemmaSharp.Tests/{row.Tests}" }).Distinct(),
            path => Assert.True(Path.Exists(Absolute(path)), path));

    [Fact]
    public void Rows_AreNeeded()
    {
        HashSet<string> used = [.. SourceFile.Src.Where(HasLogic).Where(file => !HasOwnTests(file)).Select(Cover).OfType<string>()];

        Assert.Empty(Covered.Where(row => !used.Contains(row.Source)).Select(row => $"{row.Source}: all files there have their own tests now; drop the row ('{row.Reason}')"));
    }

    private static bool HasLogic(SourceFile file) => file.Root.DescendantNodes().OfType<BaseMethodDeclarationSyntax>()
        .Any(method => method.ExpressionBody is not null || method.Body?.Statements.Count > 0);

    private static bool HasOwnTests(SourceFile file) => File.Exists(Absolute(OwnTests(file)));

    private static string OwnTests(SourceFile file)
    {
        string inside = string.Join('/', file.Path.Split('/').Skip(2));
        return $"tests/GemmaSharp.Tests/{Rooms.GetValueOrDefault(file.Room, file.Room)}/{inside[..^".cs".Length]}Tests.cs";
    }

    private static string? Cover(SourceFile file) => Covered.Select(row => row.Source)
        .Where(source => file.Path.StartsWith($"src/{source}", StringComparison.Ordinal)).MaxBy(source => source.Length);

    private static string Absolute(string path) => Path.Combine(Fixture.Repository, path);
}
