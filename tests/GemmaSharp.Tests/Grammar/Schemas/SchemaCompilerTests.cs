using System.Text.Json;
using GemmaSharp.Grammar;

namespace GemmaSharp.Tests.Grammar.Schemas;

/// <summary>Every keyword: a text that holds, one that does not, and what is refused by name and place.</summary>
public sealed class SchemaCompilerTests
{
    private const string Discriminated = """
        { "oneOf": [
          { "properties": { "kind": { "const": "a" }, "x": { "type": "integer" } }, "required": ["kind", "x"], "additionalProperties": false },
          { "properties": { "kind": { "enum": ["b", "c"] } }, "required": ["kind"], "additionalProperties": false } ] }
        """;

    private const string Linked = """
        { "$ref": "#/$defs/node", "$defs": { "node": { "type": "object", "properties": { "v": { "type": "integer" }, "next": { "anyOf": [ { "$ref": "#/$defs/node" }, { "type": "null" } ] } },
          "required": ["v", "next"], "additionalProperties": false } } }
        """;

    [Theory]
    [InlineData("true", "[1,{\"a\":null}]", "[1,")]
    [InlineData("{\"type\":\"null\"}", "null", "true")]
    [InlineData("{\"type\":[\"boolean\",\"null\"]}", "false", "0")]
    [InlineData("{\"type\":\"string\"}", "\"a\\\"\\u00e9\\ud83d\\ude00😀\"", "\"\\ud83d\"")]
    [InlineData("{\"type\":\"string\"}", "\"\\uDBFF\\uDFFF\\uD7FF\\uE000\"", "\"\n\"")]
    [InlineData("{\"type\":\"string\",\"minLength\":2,\"maxLength\":3}", "\"\\ud83d\\ude00\\n😀\"", "\"a\"")]
    [InlineData("{\"maxLength\":1000000}", "\"abc\"", "1")]
    [InlineData("{\"minLength\":1000000}", null, "\"aaa\"")]
    [InlineData("{\"type\":\"string\",\"pattern\":\"a.c\"}", "\"xxabcxx\"", "\"ac\"")]
    [InlineData("{\"pattern\":\"^\\\\w+$\",\"maxLength\":3}", "\"a_1\"", "\"a_12\"")]
    [InlineData("{\"allOf\":[{\"pattern\":\"a\"},{\"pattern\":\"b\"}],\"maxLength\":4}", "\"xbxa\"", "\"xbxx\"")]
    [InlineData("{\"pattern\":\"^[\\\"\\\\\\\\\\\\n\\\\x01]+$\"}", "\"\\\"\\\\\\n\\u0001\"", "\"\\u0022\"")]
    [InlineData("{\"format\":\"date\"}", "\"2024-02-29\"", "\"2023-02-29\"")]
    [InlineData("{\"format\":\"date\",\"pattern\":\"^2\"}", "\"2000-02-29\"", "\"1900-01-01\"")]
    [InlineData("{\"format\":\"date-time\"}", "\"1999-12-31T23:59:59.5+01:00\"", "\"1999-12-31T24:00:00Z\"")]
    [InlineData("{\"format\":\"duration\"}", "\"P1Y2M3DT4H5M6S\"", "\"P\"")]
    [InlineData("{\"format\":\"ipv4\"}", "\"255.0.10.199\"", "\"256.0.0.1\"")]
    [InlineData("{\"format\":\"ipv6\"}", "\"fe80::1:2\"", "\"1::2::3\"")]
    [InlineData("{\"format\":\"uuid\"}", "\"123e4567-e89b-12d3-a456-426614174000\"", "\"123e4567\"")]
    [InlineData("{\"format\":\"email\"}", "\"a.b@c-d.example\"", "\"a@\"")]
    [InlineData("{\"type\":\"integer\"}", "-120", "-0")]
    [InlineData("{\"type\":\"integer\"}", "18446744073709551615", "1.0")]
    [InlineData("{\"type\":\"number\"}", "-0.5e+10", "01")]
    [InlineData("{\"type\":\"integer\",\"minimum\":-13,\"maximum\":257}", "257", "258")]
    [InlineData("{\"type\":\"integer\",\"exclusiveMinimum\":-13,\"maximum\":2.5}", "-12", "-13")]
    [InlineData("{\"type\":\"integer\",\"exclusiveMinimum\":0.5,\"exclusiveMaximum\":3}", "2", "0")]
    [InlineData("{\"type\":\"number\",\"minimum\":0.25,\"exclusiveMaximum\":1.5}", "1.4999", "1.50")]
    [InlineData("{\"type\":\"number\",\"minimum\":-1.5,\"maximum\":-0.25}", "-0.250", "-0.2")]
    [InlineData("{\"minimum\":1e3}", "1000.5", "999.9")]
    [InlineData("{\"type\":\"number\",\"multipleOf\":0.01,\"minimum\":0.999}", "1.25", "0.999")]
    [InlineData("{\"type\":\"integer\",\"multipleOf\":7,\"minimum\":1}", "49", "50")]
    [InlineData("{\"multipleOf\":4,\"allOf\":[{\"multipleOf\":6}]}", "-24", "8")]
    [InlineData("{\"enum\":[\"a\",1,null,{\"b\":[true,\"ü\"]}]}", "{\"b\":[true,\"ü\"]}", "\"b\"")]
    [InlineData("{\"enum\":[\"a\",\"aa\",\"aaaa\"],\"minLength\":2}", "\"aaaa\"", "\"a\"")]
    [InlineData("{\"type\":\"string\",\"enum\":[\"a\",2]}", "\"a\"", "2")]
    [InlineData("{\"const\":\"x\\n\"}", "\"x\\n\"", "\"x\"")]
    [InlineData("{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}", "[1, 2,\n  3\n]", "[1,\"2\"]")]
    [InlineData("{\"items\":{\"type\":\"null\"},\"minItems\":2,\"maxItems\":3}", "[null,null,null]", "[null]")]
    [InlineData("{\"items\":{\"type\":\"null\"},\"maxItems\":0}", "[ ]", "[null]")]
    [InlineData("{\"prefixItems\":[{\"const\":1},{\"const\":2}]}", "[1,2]", "[1,2,3]")]
    [InlineData("{\"prefixItems\":[{\"const\":1},{\"const\":2}],\"minItems\":3}", "[1,2,3]", "[1,2]")]
    [InlineData("{\"prefixItems\":[{\"const\":1},{\"const\":2}],\"items\":{\"type\":\"string\"}}", "[1]", "[2]")]
    [InlineData("{\"type\":\"array\",\"items\":false}", "[]", "[1]")]
    [InlineData("{\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":true},\"required\":[\"a\"]}", "{\"a\":1,\n    \"b\": []}", "{\"b\":1}")]
    [InlineData("{\"properties\":{\"a\":{\"const\":1},\"b\":{\"const\":2},\"c\":{\"const\":3}}}", "{\"a\":1,\"c\":3}", "{\"c\":3,\"a\":1}")]
    [InlineData("{\"properties\":{\"a\":{\"const\":1}}}", "{}", "{\"x\":1}")]
    [InlineData("{\"properties\":{\"a\":{\"const\":1}},\"additionalProperties\":{\"type\":\"null\"}}", "{\"a\":1,\"ab\":null,\"\":null}", "{\"a\":null}")]
    [InlineData("{\"properties\":{\"a\":{\"const\":1}},\"additionalProperties\":true}", "{\"b\":2}", "{\"\\u0061\":2}")]
    [InlineData("{\"type\":\"object\"}", "{\"a\":{\"b\":[]}}", "{\"a\":}")]
    [InlineData("{\"type\":\"object\",\"additionalProperties\":false}", "{}", "{\"a\":1}")]
    [InlineData("{\"type\":\"object\",\"properties\":{\"a\":false,\"b\":{\"const\":1}}}", "{\"b\":1}", "{\"a\":1}")]
    [InlineData("{\"properties\":{\"a\\n\\\"é\":{\"const\":1}}}", "{\"a\\n\\\"é\":1}", "{\"a\":1}")]
    [InlineData("{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}", "\"x\"", "null")]
    [InlineData("{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1}},\"anyOf\":[{\"required\":[\"a\"]},{\"properties\":{\"b\":{\"const\":2}},\"required\":[\"b\"]}]}", "{\"a\":1,\"b\":2}", "{}")]
    [InlineData("{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]},{\"properties\":{\"a\":{\"minimum\":5},\"b\":{\"const\":1}}}]}", "{\"a\":5,\"b\":1}", "{\"a\":4}")]
    [InlineData("{\"allOf\":[{\"properties\":{\"a\":true}},{\"properties\":{\"b\":true},\"additionalProperties\":false}]}", "{\"b\":1}", "{\"a\":1}")]
    [InlineData("{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}", "1", "1.5")]
    [InlineData("{\"$ref\":\"#/$defs/a~1b%20c\",\"minimum\":3,\"$defs\":{\"a/b c\":{\"type\":\"integer\"}}}", "3", "2")]
    [InlineData(Discriminated, "{\"kind\":\"a\",\"x\":1}", "{\"kind\":\"b\",\"x\":1}")]
    [InlineData(Linked, "{\"v\":1,\"next\":{\"v\":2,\"next\":null}}", "{\"v\":1,\"next\":{}}")]
    public void FromJsonSchema_Keyword_HoldsAndHoldsNot(string schema, string? holds, string holdsNot)
    {
        TextGrammar grammar = TextGrammar.FromJsonSchema(schema);

        Assert.True(holds is null || Walk.Accepts(grammar, holds), $"{holds} is refused");
        Assert.False(Walk.Accepts(grammar, holdsNot), $"{holdsNot} is taken");
    }

    [Theory]
    [InlineData("{\"properties\":{\"x\":{\"not\":{}}}}", "'#/properties/x/not'", "'not'")]
    [InlineData("{\"if\":{}}", "'#/if'", "'if'")]
    [InlineData("{\"patternProperties\":{}}", "'#/patternProperties'", "'patternProperties'")]
    [InlineData("{\"items\":{\"uniqueItems\":true}}", "'#/items/uniqueItems'", "'uniqueItems': true")]
    [InlineData("{\"items\":[{}]}", "'#/items'", "kind Array")]
    [InlineData("{\"type\":\"int\"}", "'#/type'", "\"int\"")]
    [InlineData("{\"type\":[]}", "no text", "")]
    [InlineData("{\"enum\":[]}", "'#/enum'", "'enum'")]
    [InlineData("{\"format\":\"iri\"}", "'#/format'", "'iri'")]
    [InlineData("{\"pattern\":\"(?=a)\"}", "'#/pattern'", "(?=")]
    [InlineData("{\"$ref\":\"http://x/y\"}", "'#'", "http://x/y")]
    [InlineData("{\"$ref\":\"#/$defs/none\"}", "'#'", "to nothing")]
    [InlineData("{\"$ref\":\"#\"}", "'#'", "leads back to itself")]
    [InlineData("{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]}", "'#'", "leads back to itself")]
    [InlineData("{\"oneOf\":[{\"type\":\"integer\"},{\"minimum\":1}]}", "'#'", "schemas 0 and 1 may both hold")]
    [InlineData("{\"minLength\":-1}", "'#/minLength'", "-1")]
    [InlineData("{\"minLength\":\"1\"}", "'#/minLength'", "\"1\"")]
    [InlineData("{\"multipleOf\":0}", "'#/multipleOf'", "0")]
    [InlineData("{\"multipleOf\":0.3}", "'#'", "multipleOf")]
    [InlineData("{\"properties\":[]}", "'#/properties'", "kind Array")]
    [InlineData("{\"properties\":{\"a\":1}}", "'#/properties/a'", "1")]
    [InlineData("{\"properties\":{\"a\":true,\"a\":true}}", "'#/properties'", "twice")]
    [InlineData("{\"required\":\"a\"}", "'#/required'", "\"a\"")]
    [InlineData("{\"anyOf\":[]}", "'#/anyOf'", "kind Array")]
    [InlineData("{\"minimum\":1,\"maximum\":0}", "no text", "")]
    [InlineData("{\"minimum\":1e99}", "many digits", "")]
    [InlineData("{\"minimum\":1e999999999}", "'#/minimum'", "1e999999999")]
    [InlineData("{\"type\":\"object\",\"required\":[\"a\"],\"additionalProperties\":false}", "no text", "")]
    [InlineData("{\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}", "no text", "")]
    [InlineData("{\"pattern\":\"^a{20000}$\",\"minLength\":5}", "16384 states", "")]
    [InlineData("{\"type\":\"string\",\"title\":\"x\",\"type\":\"string\"}", "'#/type'", "second time")]
    [InlineData("[]", "'#", "kind Array")]
    [InlineData("{", "no JSON", "")]
    [InlineData("{\"const\":\"\\ud800\"}", "JSON schema", "")]
    public void FromJsonSchema_NotSupported_SaysWhereAndWhat(string schema, string where, string what)
    {
        string message = Assert.Throws<GrammarException>(() => TextGrammar.FromJsonSchema(schema)).Message;

        Assert.Contains(where, message, StringComparison.Ordinal);
        Assert.Contains(what, message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromJsonSchema_TwentyThousandValues_TakenOneByOne()
    {
        string schema = JsonSerializer.Serialize(new Dictionary<string, string[]> { ["enum"] = [.. Enumerable.Range(0, 20_000).Select(at => $"{at}")] });

        TextGrammar grammar = TextGrammar.FromJsonSchema(schema);

        Assert.True(Walk.Accepts(grammar, "\"19999\""));
        Assert.False(Walk.Accepts(grammar, "\"20000\""));
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "alternatives", $"{{ \"allOf\": [{string.Join(',', Enumerable.Repeat("""{ "anyOf": [{ "minLength": 1 }, { "maxLength": 2 }] }""", 30))}] }}" },
        { "references", $"{{ \"$ref\": \"#/$defs/0\", \"$defs\": {{ {string.Join(',', Enumerable.Range(0, 200).Select(at => $"\"{at}\": {{ \"$ref\": \"#/$defs/{at + 1}\" }}"))} }} }}" },
        { "doubling", $"{{ \"$ref\": \"#/$defs/0\", \"$defs\": {{ {string.Join(',', Enumerable.Range(0, 60).Select(at => $"\"{at}\": {{ \"allOf\": [{{ \"$ref\": \"#/$defs/{at + 1}\" }}, {{ \"$ref\": \"#/$defs/{at + 1}\" }}] }}"))}, \"60\": {{}} }} }}" },
        { "values", $"{{ \"enum\": [{string.Join(',', Enumerable.Range(0, 20_000).Select(at => $"\"{at:x8}{new string('x', 30)}\""))}] }}" },
        { "pattern", """{ "pattern": "(a|b)*a(a|b){30}$", "maxLength": 100 }""" },
        { "nesting", string.Concat(Enumerable.Repeat("{\"items\":", 70)) + "{}" + new string('}', 70) },
        { "multiple", """{ "multipleOf": 9973, "minimum": 0 }""" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void FromJsonSchema_Hostile_Refused(string kind, string schema)
    {
        Assert.NotEmpty(kind);
        Assert.Throws<GrammarException>(() => TextGrammar.FromJsonSchema(schema));
    }
}
