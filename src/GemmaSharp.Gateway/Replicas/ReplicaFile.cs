namespace GemmaSharp.Gateway.Replicas;

/// <summary>A file with an address a line; "#" begins a remark. It is looked at rather than watched: mounted files change without an event.</summary>
internal sealed class ReplicaFile(string path)
{
    private string _text = "";

    /// <summary>The addresses, where the file says others than before; null where not.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ArgumentException">A line is no address, or there is none.</exception>
    public IReadOnlyList<Uri>? ReadIfChanged()
    {
        string text = File.ReadAllText(path);
        if (text == _text)
        {
            return null;
        }

        _text = text;
        Uri[] addresses = [.. text.Split('\n').Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0).Select(ReplicaSet.Parse)];
        return addresses.Length > 0 ? addresses : throw new ArgumentException($"{path}: no address found, one a line expected");
    }
}
