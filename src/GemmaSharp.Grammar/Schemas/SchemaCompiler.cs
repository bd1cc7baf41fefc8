using System.Text.Json;
using GemmaSharp.Grammar.Networks;

namespace GemmaSharp.Grammar.Schemas;

/// <summary>A JSON schema as a network: a rule for every set of schemas that hold together, so that recursion is a call.</summary>
internal sealed class SchemaCompiler
{
    /// <summary>Values in each other; what readers of JSON take by default.</summary>
    private const int MostDepth = 64;
    private readonly NetworkBuilder _network = new();
    private readonly Dictionary<string, int> _rules = [];
    private readonly Queue<(int Rule, IReadOnlyList<Location> Schemas)> _open = new();
    private readonly SchemaExpander _expander;
    private readonly JsonTerms _json;
    private readonly LiteralTerms _literals;
    private readonly StringTerms _strings;
    private readonly NumberTerms _numbers;
    private readonly ObjectTerms _objects;
    private readonly ArrayTerms _arrays;

    private SchemaCompiler(JsonElement schema)
    {
        _expander = new SchemaExpander(schema);
        _json = new JsonTerms(_network);
        _literals = new LiteralTerms(_network);
        _strings = new StringTerms(_network, _json);
        _numbers = new NumberTerms(_network, _json);
        _objects = new ObjectTerms(_network, _json, _strings, Rule);
        _arrays = new ArrayTerms(_network, _json, Rule);
    }

    /// <exception cref="GrammarException">Malformed, not supported, too large, or without a valid value.</exception>
    public static Network Compile(JsonElement schema)
    {
        try
        {
            return new SchemaCompiler(schema).Run(new Location(schema, "#").Subschema("", schema) with { Pointer = "#" });
        }
        catch (InvalidOperationException error)
        {
            throw new GrammarException($"JSON schema: {error.Message}", error);
        }
    }

    private Network Run(Location root)
    {
        int start = Rule([root]);
        while (_open.TryDequeue(out (int Rule, IReadOnlyList<Location> Schemas) one))
        {
            _network.DefineRule(one.Rule, _network.Split([.. _expander.Expand(one.Schemas).Select(asked => Emit(asked, NetworkBuilder.Return))]));
        }

        return _network.Build(start, MostDepth);
    }

    private int Rule(IReadOnlyList<Location> schemas)
    {
        Location[] distinct = [.. schemas.Where(place => place.Schema.ValueKind != JsonValueKind.True).DistinctBy(place => place.Pointer)];
        if (distinct.Length == 0)
        {
            return _json.AnyRule;
        }

        string key = string.Join(' ', distinct.Select(place => place.Pointer));
        if (!_rules.TryGetValue(key, out int rule))
        {
            _rules[key] = rule = _network.DeclareRule(key);
            _open.Enqueue((rule, distinct));
        }

        return rule;
    }

    private int Emit(Constraints asked, int next)
    {
        if (asked.Values is not null)
        {
            return _literals.Emit(asked, next);
        }

        List<int> options = [];
        void Add(JsonTypes type, Func<int> emit)
        {
            if ((asked.Allowed & type) != JsonTypes.None)
            {
                options.Add(emit());
            }
        }

        Add(JsonTypes.Null, () => _json.Null(next));
        Add(JsonTypes.Boolean, () => _json.Boolean(next));
        Add(JsonTypes.Number, () => _numbers.Emit(asked, asked.Allowed & JsonTypes.Number, next));
        Add(JsonTypes.Text, () => _strings.Emit(asked, next));
        Add(JsonTypes.List, () => _arrays.Emit(asked, next));
        Add(JsonTypes.Object, () => _objects.Emit(asked, next));
        return _network.Split([.. options]);
    }
}
