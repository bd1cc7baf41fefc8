using System.Text.Json;

namespace GemmaSharp.Hub;

/// <summary>What a repository holds at one commit, as the hub lists it.</summary>
/// <param name="Commit">The commit, in hex.</param>
/// <param name="Names">Paths of its files.</param>
internal sealed record HubRepository(string Commit, IReadOnlyList<string> Names)
{
    private const int MaxFiles = 100_000;

    /// <summary>Reads the answer of /api/models/REPO/revision/REVISION.</summary>
    /// <exception cref="HubException">Not such an answer, or it names files outside the repository.</exception>
    public static HubRepository Parse(ReadOnlyMemory<byte> json, string repository)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            string commit = document.RootElement.GetProperty("sha").GetString() ?? "";
            List<string> names = [];
            foreach (JsonElement sibling in document.RootElement.GetProperty("siblings").EnumerateArray())
            {
                string name = sibling.GetProperty("rfilename").GetString() ?? "";
                if (!HubNames.IsSafePath(name) || names.Count == MaxFiles)
                {
                    throw new HubException($"{repository}: the hub lists the file '{name}'; plain relative paths, {MaxFiles} at most, expected");
                }

                names.Add(name);
            }

            return HubNames.IsHash(commit) ? new HubRepository(commit, names) : throw new HubException($"{repository}: the hub names the commit '{commit}', a hash expected");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new HubException($"{repository}: the hub's listing is not what was expected: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }
}
