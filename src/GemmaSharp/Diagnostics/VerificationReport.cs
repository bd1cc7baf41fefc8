using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GemmaSharp.Diagnostics;

/// <summary>What a verification found.</summary>
/// <param name="Path">What was checked.</param>
/// <param name="Tensors">The tensors that were read.</param>
/// <param name="FileHashes">SHA-256 of every file, where asked for.</param>
/// <param name="Findings">What is wrong, a line each; empty when nothing is.</param>
internal sealed record VerificationReport(
    string Path, IReadOnlyList<VerifiedTensor> Tensors, IReadOnlyDictionary<string, string> FileHashes, IReadOnlyList<string> Findings)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Findings.Count == 0;

    /// <summary>As text for people.</summary>
    public string AsText()
    {
        StringBuilder text = new();
        foreach ((string file, string hash) in FileHashes)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{hash}  {file}");
        }

        foreach (VerifiedTensor tensor in Tensors.Where(tensor => tensor.Hash is not null))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{tensor.Hash}  {tensor.Name}");
        }

        foreach (string finding in Findings)
        {
            text.AppendLine(finding);
        }

        string verdict = IsSound ? "sound" : Findings.Count == 1 ? "1 finding" : string.Create(CultureInfo.InvariantCulture, $"{Findings.Count} findings");
        text.Append(CultureInfo.InvariantCulture, $"{Path}: {Tensors.Count} tensors, {Tensors.Sum(tensor => tensor.ByteCount)} bytes: {verdict}");
        return text.ToString();
    }

    /// <summary>As JSON for programs.</summary>
    public string AsJson()
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("path", Path);
            writer.WriteBoolean("sound", IsSound);
            writer.WriteStartArray("findings");
            foreach (string finding in Findings)
            {
                writer.WriteStringValue(finding);
            }

            writer.WriteEndArray();
            writer.WriteStartObject("files");
            foreach ((string file, string hash) in FileHashes)
            {
                writer.WriteString(file, hash);
            }

            writer.WriteEndObject();
            writer.WriteStartArray("tensors");
            foreach (VerifiedTensor tensor in Tensors)
            {
                Write(writer, tensor);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, VerifiedTensor tensor)
    {
        writer.WriteStartObject();
        writer.WriteString("name", tensor.Name);
        writer.WriteString("type", tensor.TypeName);
        writer.WriteStartArray("shape");
        foreach (long size in tensor.Shape)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteNumber("bytes", tensor.ByteCount);
        if (tensor.Hash is not null)
        {
            writer.WriteString("sha256", tensor.Hash);
        }

        writer.WriteEndObject();
    }
}

/// <summary>A tensor that was read whole.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="TypeName">Its type as the file spells it.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="ByteCount">Bytes of data.</param>
/// <param name="Hash">SHA-256 of its bytes, where asked for.</param>
internal sealed record VerifiedTensor(string Name, string TypeName, IReadOnlyList<long> Shape, long ByteCount, string? Hash);
