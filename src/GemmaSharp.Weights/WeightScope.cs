using System.Globalization;
using GemmaSharp.Kernels.Memory;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Weights;

/// <summary>
/// A path cursor over a checkpoint: modules push their name and ask for tensors by the rest of the name and by the shape they need.
/// All scopes of one root share the record of what was taken.
/// </summary>
public sealed class WeightScope
{
    private const int SuggestionCount = 3;
    private readonly IWeightSource _source;
    private readonly HashSet<string> _used;
    private readonly List<LentMatrix> _lent;

    /// <summary>A cursor at the root of a source.</summary>
    public WeightScope(IWeightSource source)
        : this(source, "", [], [])
    {
    }

    private WeightScope(IWeightSource source, string path, HashSet<string> used, List<LentMatrix> lent)
    {
        _source = source;
        Path = path;
        _used = used;
        _lent = lent;
    }

    /// <summary>The names pushed so far, with dots between.</summary>
    public string Path { get; }

    /// <summary>The scope of a part.</summary>
    public WeightScope Child(string name) => new(_source, Join(name), _used, _lent);

    /// <summary>The scope of a numbered part.</summary>
    public WeightScope Child(int index) => Child(index.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether the tensor is there.</summary>
    public bool Has(string name) => _source.Find(Join(name)) is not null;

    /// <summary>Whether any tensor stands below a part.</summary>
    public bool HasChild(string name)
    {
        string prefix = Join(name) + ".";
        return _source.Entries.Any(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>The shape of a tensor, outermost first.</summary>
    /// <exception cref="WeightException">The tensor is not there.</exception>
    public IReadOnlyList<long> Shape(string name) => Find(name, "any shape").Shape;

    /// <summary>One size of a tensor's shape, of the rank given.</summary>
    /// <exception cref="WeightException">The tensor is not there, has another rank or a size that is no int.</exception>
    public int Size(string name, int dimension, int rank)
    {
        WeightEntry entry = Find(name, $"{rank} sizes");
        return entry.Shape.Count == rank && entry.Shape[dimension] is > 0 and <= int.MaxValue
            ? (int)entry.Shape[dimension]
            : throw Mismatch(entry, $"{rank} sizes");
    }

    /// <summary>A vector as float32.</summary>
    /// <exception cref="WeightException">The tensor is not there or not what is expected.</exception>
    public float[] Vector(string name, int length) => Tensor(name, length);

    /// <summary>A tensor of any rank as float32, row-major.</summary>
    /// <exception cref="WeightException">The tensor is not there or not what is expected.</exception>
    public float[] Tensor(string name, params ReadOnlySpan<int> shape)
    {
        (WeightEntry entry, WeightType type, long count) = FindTensor(name, shape);
        return ReadTensor(entry, type, count);
    }

    /// <summary>A matrix for products, in place where it can be, else packed; sizes of 1 after the second are allowed, as 1x1 convolutions have them.</summary>
    /// <exception cref="WeightException">The tensor is not there or not what is expected.</exception>
    public WeightMatrix Matrix(string name, int rows, int columns)
    {
        (WeightEntry entry, WeightType type) = FindMatrix(name, rows, columns);
        if (WeightMatrix.IsInPlace(type, rows, columns) && _source.Lend(entry) is MappedBytes bytes && WeightMatrix.InPlace(type, rows, columns, bytes) is WeightMatrix matrix)
        {
            _lent.Add(new LentMatrix(matrix, bytes, Reader(entry)));
            return matrix;
        }

        return WeightMatrix.Create(type, rows, columns, Reader(entry));
    }

    /// <summary>A packed matrix, checked now and read when called for; each call packs it again.</summary>
    /// <exception cref="WeightException">The tensor is not there or not what is expected.</exception>
    public Func<WeightMatrix> MatrixLoader(string name, int rows, int columns)
    {
        (WeightEntry entry, WeightType type) = FindMatrix(name, rows, columns);
        return () => WeightMatrix.Create(type, rows, columns, Reader(entry));
    }

    /// <summary>A tensor of any rank as float32, checked now and read when called for.</summary>
    /// <exception cref="WeightException">The tensor is not there or not what is expected.</exception>
    public Func<float[]> TensorLoader(string name, params ReadOnlySpan<int> shape)
    {
        (WeightEntry entry, WeightType type, long count) = FindTensor(name, shape);
        return () => ReadTensor(entry, type, count);
    }

    /// <summary>A matrix left in its file.</summary>
    /// <exception cref="WeightException">The tensor is not there or not what is expected.</exception>
    public RowTable Rows(string name, int rows, int columns)
    {
        (WeightEntry entry, WeightType type) = FindMatrix(name, rows, columns);
        return new RowTable(_source, entry, type, rows, columns);
    }

    /// <summary>Marks a tensor as known and not needed.</summary>
    public void Ignore(string name) => _used.Add(Join(name));

    /// <summary>Names of the tensors that nobody took or ignored, in file order.</summary>
    public IReadOnlyList<string> UnusedNames() => [.. _source.Entries.Select(entry => entry.Name).Where(name => !_used.Contains(name))];

    /// <summary>The matrices that were taken in place, in order.</summary>
    public IReadOnlyList<LentMatrix> LentMatrices() => [.. _lent];

    private RowReader Reader(WeightEntry entry) => (offset, into) => _source.Read(entry, offset, into);

    private float[] ReadTensor(WeightEntry entry, WeightType type, long count)
    {
        float[] values = new float[count];
        byte[] bytes = new byte[entry.ByteCount];
        _source.Read(entry, 0, bytes);
        FloatConvert.ToFloat(type, bytes, values);
        return values;
    }

    private (WeightEntry Entry, WeightType Type, long Count) FindTensor(string name, ReadOnlySpan<int> shape)
    {
        string expected = $"[{string.Join(", ", shape.ToArray())}]";
        WeightEntry entry = Find(name, expected);
        long count = 1;
        bool same = entry.Shape.Count == shape.Length;
        for (int dimension = 0; same && dimension < shape.Length; dimension++)
        {
            same = entry.Shape[dimension] == shape[dimension];
            count *= shape[dimension];
        }

        WeightType type = TypeOf(entry);
        if (!same || count > Array.MaxLength)
        {
            throw Mismatch(entry, expected);
        }

        CheckBlocks(entry, type, shape.Length == 0 ? 1 : shape[^1]);
        return (entry, type, count);
    }

    private (WeightEntry Entry, WeightType Type) FindMatrix(string name, int rows, int columns)
    {
        string expected = $"[{rows}, {columns}]";
        WeightEntry entry = Find(name, expected);
        bool same = entry.Shape.Count >= 2 && entry.Shape[0] == rows && entry.Shape[1] == columns && entry.Shape.Skip(2).All(size => size == 1);
        if (!same)
        {
            throw Mismatch(entry, expected);
        }

        WeightType type = TypeOf(entry);
        CheckBlocks(entry, type, columns);
        return (entry, type);
    }

    private static void CheckBlocks(WeightEntry entry, WeightType type, int columns)
    {
        int block = WeightTypes.BlockLength(type);
        if (columns % block != 0)
        {
            throw new WeightException($"{entry.File}: {entry.Name}: rows of {columns} weights found, whole {type} blocks of {block} expected");
        }
    }

    private WeightEntry Find(string name, string expected)
    {
        string path = Join(name);
        WeightEntry entry = _source.Find(path) ?? throw new WeightException(
            $"{_source.Path}: {path}, {expected}, is missing; nearest names there: {string.Join(", ", NameDistance.Nearest(path, _source.Entries.Select(entry => entry.Name), SuggestionCount))}");
        _used.Add(path);
        return entry;
    }

    private WeightType TypeOf(WeightEntry entry) => WeightTypes.Parse(entry.TypeName)
        ?? throw new WeightException($"{_source.Path}: {entry.Name} has type {entry.TypeName}, one of {string.Join(", ", Enum.GetNames<WeightType>())} expected");

    private static WeightException Mismatch(WeightEntry entry, string expected) =>
        new($"{entry.File}: {entry.Name}: {expected} expected, {entry.ShapeText} found; does the config belong to this checkpoint?");

    private string Join(string name) => Path.Length == 0 ? name : $"{Path}.{name}";
}
