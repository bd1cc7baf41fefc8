namespace GemmaSharp.Grammar.Networks;

/// <summary>Bytes that no edge of a network tells apart form a class.</summary>
internal sealed class ByteClasses
{
    private readonly byte[] _classes = new byte[256];
    private readonly List<byte> _first = [];

    public ByteClasses(Node[] nodes)
    {
        bool[] begins = new bool[257];
        begins[0] = true;
        foreach (Node node in nodes)
        {
            foreach (Edge edge in node.Kind == NodeKind.Match ? node.Edges : [])
            {
                begins[edge.First] = true;
                begins[edge.Last + 1] = true;
            }
        }

        for (int value = 0; value < _classes.Length; value++)
        {
            if (begins[value])
            {
                _first.Add((byte)value);
            }

            _classes[value] = (byte)(_first.Count - 1);
        }
    }

    public int Count => _first.Count;

    /// <summary>The class of every byte.</summary>
    public ReadOnlySpan<byte> Of => _classes;

    /// <summary>A byte of a class.</summary>
    public byte Member(int one) => _first[one];

    /// <summary>Whether a class has a single byte.</summary>
    public bool IsSingle(int one) => (one + 1 < Count ? _first[one + 1] : 256) - _first[one] == 1;
}
