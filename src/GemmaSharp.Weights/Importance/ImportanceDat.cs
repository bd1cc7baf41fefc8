using System.Buffers.Binary;
using System.Text;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Weights.Gguf;

namespace GemmaSharp.Weights.Importance;

/// <summary>
/// The older form: a count of entries; for each a name, the number of calls and, per column, the mean times that number; behind them the
/// chunks and the dataset, which the oldest files lack.
/// </summary>
internal ref struct ImportanceDat
{
    private const int MostEntries = 1 << 16;
    private const int LongestName = 1 << 12;
    private readonly CheckpointFile _file;
    private long _position;

    private ImportanceDat(CheckpointFile file) => _file = file;

    public static ImportanceMatrix Read(CheckpointFile file) => new ImportanceDat(file).ReadAll();

    private ImportanceMatrix ReadAll()
    {
        int count = Count("entries", MostEntries, 1);
        Dictionary<string, ImportanceEntry> entries = [];
        for (int entry = 0; entry < count; entry++)
        {
            string name = Text("name");
            int calls = Count("calls", int.MaxValue, 0), columns = Count("columns", int.MaxValue, sizeof(float));
            float[] sums = new float[columns];
            FloatConvert.ToFloat(WeightType.F32, Bytes(columns * sizeof(float)), sums);
            if (!entries.TryAdd(name, ImportanceMatrix.Check(_file.Path, name, sums, calls)))
            {
                throw Error($"importance of '{name}' stands there twice");
            }
        }

        bool isDated = _position < _file.Length;
        return new ImportanceMatrix(entries) { ChunkCount = isDated ? Count("chunks", int.MaxValue, 0) : 0, Datasets = isDated ? [Text("dataset")] : [] };
    }

    // A number that is followed by at least so many bytes for each that it counts.
    private int Count(string what, int most, int bytesOfEach)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(Bytes(sizeof(int)));
        return count >= 0 && count <= most && (long)count * bytesOfEach <= _file.Length - _position
            ? count
            : throw Error($"not an importance matrix: {count} {what} at byte {_position - sizeof(int)} of {_file.Length}");
    }

    private string Text(string what) => Encoding.UTF8.GetString(Bytes(Count($"bytes of a {what}", LongestName, 1)));

    private byte[] Bytes(int count)
    {
        if (count > _file.Length - _position)
        {
            throw Error($"not an importance matrix: it ends at byte {_file.Length}, {count} more bytes expected at {_position}");
        }

        byte[] bytes = new byte[count];
        _file.Read(_position, bytes, "importance");
        _position += count;
        return bytes;
    }

    private readonly WeightException Error(string what) => GgufMetadata.Error(_file.Path, what);
}
