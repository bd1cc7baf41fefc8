using System.Text.Json;
using GemmaSharp.Grammar;
using GemmaSharp.Grammar.Tokens;
using Json.Schema;

namespace GemmaSharp.Tests.Grammar.Schemas;

/// <summary>Random texts of random schemas against an independent validator.</summary>
public sealed class SchemaWalkTests
{
    private static readonly EvaluationOptions Strict = new() { RequireFormatValidation = true };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Draw_RandomSchemas_AreValid(int part)
    {
        const int schemas = 60, draws = 4;
        int drawn = 0;
        for (int seed = part * schemas; seed < (part + 1) * schemas; seed++)
        {
            Random random = new(seed);
            string schema = new RandomSchema(random).Draw();
            if (Compile(schema) is not TokenGrammar grammar)
            {
                continue;
            }

            JsonSchema validator = JsonSchema.FromText(schema, new BuildOptions { SchemaRegistry = new() });
            for (int draw = 0; draw < draws; draw++)
            {
                string text = Walk.Draw(grammar, random);
                using JsonDocument document = JsonDocument.Parse(text);
                Assert.True(validator.Evaluate(document.RootElement, Strict).IsValid, $"seed {seed}: {schema}\n{text}");
                drawn++;
            }
        }

        Assert.True(drawn > schemas, $"only {drawn} texts: most schemas hold nothing");
    }

    // Schemas at random may hold nothing, such as a number between two that is no multiple, or ask what is refused of an object as a value.
    private static TokenGrammar? Compile(string schema)
    {
        try
        {
            return new TokenGrammar(TextGrammar.FromJsonSchema(schema), Vocabularies.Small);
        }
        catch (GrammarException error) when (error.Message.Contains("no text", StringComparison.Ordinal) || error.Message.Contains("beside other keywords", StringComparison.Ordinal))
        {
            return null;
        }
    }
}
