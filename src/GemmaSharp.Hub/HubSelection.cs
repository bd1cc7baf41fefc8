using System.Text.RegularExpressions;

namespace GemmaSharp.Hub;

/// <summary>Which files of a repository make up the model that a user wants.</summary>
/// <param name="Files">All to be fetched; the first is the one to open.</param>
/// <param name="OpensFolder">Whether the model is the snapshot's folder and not its first file.</param>
/// <param name="Notice">What was chosen without being asked for, or null.</param>
public sealed partial record HubSelection(IReadOnlyList<string> Files, bool OpensFolder, string? Notice)
{
    private const string DefaultQuantization = "Q4_K_M";
    private const int MostListed = 30;

    // Small files that a model folder may hold, beside its weights.
    private static readonly string[] FolderFiles =
    [
        "config.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json",
        "chat_template.jinja", "preprocessor_config.json", "processor_config.json",
    ];

    // A projector's types, the one to take first.
    private static readonly string[] ProjectorTypes = ["F16", "BF16", "Q8_0", "F32"];

    /// <summary>The projector among the files, the last of them; null where there is none.</summary>
    public string? Projector => Files.Count > 0 && IsProjector(Files[^1]) ? Files[^1] : null;

    /// <summary>Chooses among the names of a listing.</summary>
    /// <param name="reference">The repository, perhaps with a quantisation.</param>
    /// <param name="names">Paths of its files.</param>
    /// <param name="file">A file that the user named, or null.</param>
    /// <exception cref="HubException">Nothing fits; the message lists what is there.</exception>
    public static HubSelection Choose(HubReference reference, IReadOnlyList<string> names, string? file)
    {
        List<string> models = [.. names.Where(name => name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && !IsProjector(name))];
        if (file is not null)
        {
            return names.Contains(file) ? new HubSelection([.. Shards(file, names), .. ProjectorOf(names)], false, null) : throw Nothing(reference, $"no file {file}", names);
        }

        List<string> uqff = [.. names.Where(name => name.EndsWith(".uqff", StringComparison.OrdinalIgnoreCase))];
        return (models.Count, uqff.Count) switch
        {
            ( > 0, _) => ChooseGguf(reference, models, names),
            (_, > 0) => ChooseUqff(reference, uqff, names),
            _ => ChooseFolder(reference, names),
        };
    }

    private static HubSelection ChooseGguf(HubReference reference, List<string> models, IReadOnlyList<string> names)
    {
        string wanted = reference.Quantization ?? DefaultQuantization;
        string[] fitting = [.. models.Where(name => HasType(name, wanted)).Order(StringComparer.Ordinal)];
        if (fitting.Length == 0 && reference.Quantization is null && models.Select(Stem).Distinct().Count() == 1)
        {
            fitting = [.. models.Order(StringComparer.Ordinal)];
        }

        if (fitting.Length == 0)
        {
            throw Nothing(reference, $"no {wanted} model", models);
        }

        string? notice = reference.Quantization is null ? $"no quantisation named, taking {fitting[0]}" : null;
        return new HubSelection([.. Shards(fitting[0], names), .. ProjectorOf(names)], false, notice);
    }

    private static HubSelection ChooseUqff(HubReference reference, List<string> models, IReadOnlyList<string> names)
    {
        string wanted = reference.Quantization ?? "q4k";
        string[] fitting = [.. models.Where(name => Squeeze(Stem(name)).EndsWith(Squeeze(wanted), StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        if (fitting.Length == 0)
        {
            throw Nothing(reference, $"no {wanted} model", models);
        }

        IEnumerable<string> rest = names.Where(name => FolderFiles.Contains(name) || name == "residual.safetensors" || name == "uqff_report.json");
        return new HubSelection([.. fitting, .. rest], false, reference.Quantization is null ? $"no quantisation named, taking {fitting[0]}" : null);
    }

    private static HubSelection ChooseFolder(HubReference reference, IReadOnlyList<string> names)
    {
        string[] weights = [.. names.Where(name => !name.Contains('/', StringComparison.Ordinal) && WeightFile().IsMatch(name))];
        return weights.Length > 0 && names.Contains("config.json")
            ? new HubSelection([.. FolderFiles.Where(names.Contains), .. weights, .. names.Where(name => name.EndsWith(".csv", StringComparison.Ordinal))], true, null)
            : throw Nothing(reference, "no GGUF, no UQFF and no config.json with safetensors", names);
    }

    // All parts of a split file, the first one first.
    private static IEnumerable<string> Shards(string name, IReadOnlyList<string> names)
    {
        Match shard = Shard().Match(name);
        return shard.Success
            ? names.Where(other => Shard().Match(other) is { Success: true } match && match.Groups["stem"].Value == shard.Groups["stem"].Value && match.Groups["of"].Value == shard.Groups["of"].Value)
                .Order(StringComparer.Ordinal)
            : [name];
    }

    private static IEnumerable<string> ProjectorOf(IReadOnlyList<string> names)
    {
        string[] projectors = [.. names.Where(IsProjector).Order(StringComparer.Ordinal)];
        string? best = ProjectorTypes.Select(type => projectors.FirstOrDefault(name => HasType(name, type))).FirstOrDefault(name => name is not null) ?? projectors.FirstOrDefault();
        return best is null ? [] : [best];
    }

    private static bool IsProjector(string name) =>
        name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && name[(name.LastIndexOf('/') + 1)..].Contains("mmproj", StringComparison.OrdinalIgnoreCase);

    // The type stands in the file's or the folder's name between signs that are no part of a type.
    private static bool HasType(string name, string type) =>
        Regex.IsMatch(name, $@"(^|[-._/]|UD-){Regex.Escape(type)}([-./]|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private static string Stem(string name) => Shard().Match(name) is { Success: true } match ? match.Groups["stem"].Value : Path.ChangeExtension(name, null);

    private static string Squeeze(string text) => text.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();

    private static HubException Nothing(HubReference reference, string what, IReadOnlyList<string> there)
    {
        string listed = string.Join(", ", there.Take(MostListed)) + (there.Count > MostListed ? $" and {there.Count - MostListed} more" : "");
        return new HubException($"{reference.Repository}: {what} there; it holds {(listed.Length > 0 ? listed : "nothing")}");
    }

    // NAME-00001-of-00003.gguf, or NAME-0.uqff.
    [GeneratedRegex(@"^(?<stem>.+)-(\d{5}-of-(?<of>\d{5})\.gguf|\d{1,4}\.uqff)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Shard();

    [GeneratedRegex(@"^model(-\d{5}-of-\d{5})?\.safetensors$|^model\.safetensors\.index\.json$", RegexOptions.CultureInvariant)]
    private static partial Regex WeightFile();
}
