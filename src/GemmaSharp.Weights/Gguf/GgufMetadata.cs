using System.Globalization;

namespace GemmaSharp.Weights.Gguf;

/// <summary>
/// The keys and values of a GGUF file. Getters take any width of number, and a whole float for an integer, because converters disagree;
/// what does not fit is refused with file, key, found and expected.
/// </summary>
/// <param name="file">Path, for messages.</param>
/// <param name="keys">Keys in file order.</param>
/// <param name="values">Their values.</param>
public sealed class GgufMetadata(string file, IReadOnlyList<string> keys, IReadOnlyDictionary<string, GgufValue> values)
{
    /// <summary>Path of the file.</summary>
    public string File => file;

    /// <summary>Keys in file order.</summary>
    public IReadOnlyList<string> Keys => keys;

    /// <summary>A value, or null.</summary>
    public GgufValue? Find(string key) => values.GetValueOrDefault(key);

    /// <summary>A string, or null when the key is missing.</summary>
    public string? Text(string key) => Find(key) is not GgufValue value ? null
        : value is { IsArray: false, Type: GgufValueType.Text } ? value.Text()
        : throw Wrong(key, value, "text");

    /// <summary>A switch, or null when the key is missing.</summary>
    public bool? Flag(string key) => Find(key) is not GgufValue value ? null
        : (value.IsArray ? null : value.Flag()) ?? throw Wrong(key, value, "true or false");

    /// <summary>A whole number within bounds, or null when the key is missing.</summary>
    public int? Whole(string key, int least, int most) => Find(key) is not GgufValue value ? null
        : !value.IsArray && value.Whole() is long number && number >= least && number <= most ? (int)number
        : throw Wrong(key, value, $"a whole number from {least} to {most}");

    /// <summary>A number within bounds, or null when the key is missing.</summary>
    public double? Number(string key, double least, double most) => Find(key) is not GgufValue value ? null
        : !value.IsArray && value.Number() is double number && number >= least && number <= most ? number
        : throw Wrong(key, value, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));

    /// <summary>An array of so many values, or a scalar that counts for each of them; null when the key is missing.</summary>
    public T[]? Each<T>(string key, int count, Func<GgufValue, int, T?> read, string expected)
        where T : struct
    {
        if (Find(key) is not GgufValue value)
        {
            return null;
        }

        if (value.IsArray && value.Count != count)
        {
            throw Wrong(key, value, $"{count} values");
        }

        T[] all = new T[count];
        for (int index = 0; index < count; index++)
        {
            all[index] = read(value, value.IsArray ? index : 0) ?? throw Wrong(key, value, expected);
        }

        return all;
    }

    /// <summary>An array of strings, or null when the key is missing.</summary>
    public GgufValue? Strings(string key) => Find(key) is not GgufValue value ? null
        : value is { IsArray: true, Type: GgufValueType.Text } ? value
        : throw Wrong(key, value, "an array of strings");

    /// <summary>An error about the file.</summary>
    public WeightException Error(string what) => Error(file, what);

    // Names out of a file may hold line ends and worse.
    internal static WeightException Error(string file, string what) => new(string.Concat($"{file}: {what}".Select(letter => char.IsControl(letter) ? '?' : letter)));

    private WeightException Wrong(string key, GgufValue value, string expected)
    {
        const int longest = 60;
        string found = value.ToString();
        return Error($"{key} is {(found.Length > longest ? found[..longest] + "..." : found)}, {expected} expected");
    }
}
