using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using GemmaSharp.Kernels.Ops;
using GemmaSharp.Kernels.Tensors;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Safetensors;
using GemmaSharp.Weights.Uqff;

namespace GemmaSharp.Tests.Weights.Uqff;

/// <summary>Every kind of weight that UQFF files hold: exact values, products from the packed form, rows.</summary>
public sealed class UqffKindsTests : IDisposable
{
    private const string Key = "model.language_model.layers.0.self_attn.k_proj";
    private const string TableKey = "model.language_model.embed_tokens_per_layer";

    // Sums of 256 products of values near 1, each rounded once, in another order than the reference's double sum.
    private const float ProductTolerance = 2e-4f;

    private readonly string _folder = Directory.CreateTempSubdirectory("uqff").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("q4k")]
    [InlineData("q6k")]
    [InlineData("q8_0")]
    [InlineData("afq3")]
    [InlineData("afq4")]
    [InlineData("f8q8")]
    [InlineData("fp8")]
    [InlineData("hqq4")]
    [InlineData("mxfp4")]
    public void Open_LayerOfMistralRs_ExactValuesAndProducts(string type)
    {
        using UqffFile file = UqffFile.Open(Fixture.Path("Uqff", $"{type}-0.uqff"));
        using Tensors expected = Tensors.Open(Fixture.Path("Uqff", "values.safetensors"));
        JsonElement layer = JsonDocument.Parse(File.ReadAllText(Fixture.Path("Uqff", "uqff.json"))).RootElement.GetProperty("types").GetProperty(type).GetProperty("layers").GetProperty(Key);

        float[] values = Values(file, Key, 128, 256);

        Assert.Equal(expected.Floats($"{type}.{Key}"), values[..(16 * 256)]);
        float[] hashed = type == "mxfp4" ? Mxfp4ByFormula() : values;
        Assert.Equal(layer.GetProperty("sha256_of_f32_values").GetString(), Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(hashed.AsSpan()))));
        Assert.Equal(hashed, values);
        AssertProducts(file, Key, values, 128, 256);
    }

    [Theory]
    [InlineData(2, 64, "BF16", "AFQ2")]
    [InlineData(3, 64, "BF16", "AFQ3")]
    [InlineData(4, 64, "BF16", "AFQ4")]
    [InlineData(6, 64, "BF16", "AFQ6")]
    [InlineData(8, 64, "BF16", "AFQ8")]
    [InlineData(6, 128, "BF16", "AFQ6")]
    [InlineData(3, 32, "BF16", "F32")]
    [InlineData(6, 64, "F16", "F32")]
    [InlineData(8, 128, "F32", "F32")]
    public void Open_Afq_ValuesOfTheFormula(int bits, int group, string type, string presented)
    {
        const int rows = 5, columns = 256;
        Random random = new(bits + group);
        int[] codes = [.. Enumerable.Range(0, rows * columns).Select(_ => random.Next(1 << bits))];
        byte[] packed = Pack(codes, bits);
        float[] scales = [.. Enumerable.Range(0, rows * columns / group).Select(_ => random.Next(1, 200) / 256f)], minima = [.. scales.Select(scale => -3 * scale)];
        string path = Write(UqffParts.Afq(Key, packed, (type, Floats(type, scales), Floats(type, minima)), (rows, columns, bits, group)));
        float[] roundedScales = Back(type, scales), roundedMinima = Back(type, minima);

        using UqffFile file = UqffFile.Open(path);

        float[] expected = [.. codes.Select((code, at) => (code * roundedScales[at / group]) + roundedMinima[at / group])];
        Assert.Equal(presented, file.Find(Key + ".weight")!.TypeName);
        Assert.Equal(expected, Values(file, Key, rows, columns));
        AssertProducts(file, Key, expected, rows, columns);
        AssertRows(file, expected, rows, columns);
    }

    [Theory]
    [InlineData(4, 128, 6, Key, "HQQ4")]
    [InlineData(8, 192, 10, Key, "HQQ8")]
    [InlineData(4, 32, 6, Key, "F32")]
    [InlineData(8, 16, 20, Key, "F32")]
    [InlineData(4, 128, 6, TableKey, "F32")]
    public void Open_Hqq_ValuesOfTheFormula(int bits, int rows, int columns, string key, string presented)
    {
        Random random = new(rows);
        int groups = rows * columns / 64;
        int[] codes = [.. Enumerable.Range(0, rows * columns).Select(_ => random.Next(1 << bits))];
        float[] scales = [.. Enumerable.Range(0, groups).Select(_ => random.NextSingle() + 0.01f)], zeros = [.. Enumerable.Range(0, groups).Select(_ => random.NextSingle() * 9)];
        byte[] packed = bits == 8 ? [.. codes.Select(code => (byte)code)]
            : [.. Enumerable.Range(0, 32 * groups).Select(at => (byte)((codes[at] * 16) + codes[at + (32 * groups)]))];

        using UqffFile file = UqffFile.Open(Write(UqffParts.Hqq(key, packed, scales, zeros, (rows, columns, bits))));

        float[] expected = [.. codes.Select((code, at) => (code - zeros[at % groups]) * scales[at % groups])];
        Assert.Equal(presented, file.Find(key + ".weight")!.TypeName);
        Assert.Equal(expected, Values(file, key, rows, columns));
        AssertProducts(file, key, expected, rows, columns);
        if (presented == "F32")
        {
            AssertRows(file, expected, rows, columns);
        }
    }

    [Theory]
    [InlineData(9u, 36, 32)]
    [InlineData(15u, 292, 256)]
    public void Open_BlocksWithSums_SumsAreLeftOut(uint type, int blockBytes, int blockLength)
    {
        byte[] data = new byte[3 * blockBytes];
        new Random(1).NextBytes(data);
        int codesAt = 4;
        for (int block = 0; block < 3; block++)
        {
            byte[] scale = type == 9 ? [0x00, 0x38, 0, 0] : [0, 0, 0, 0x3F]; // 0.5 as a half, as a single
            scale.CopyTo(data.AsSpan(block * blockBytes));
        }

        using UqffFile file = UqffFile.Open(Write(UqffParts.Gguf(Key, type, data, 3, blockLength)));

        float[] expected = [.. Enumerable.Range(0, 3 * blockLength).Select(at => (sbyte)data[(at / blockLength * blockBytes) + codesAt + (at % blockLength)] * 0.5f)];
        Assert.Equal(expected, Values(file, Key, 3, blockLength));
        AssertProducts(file, Key, expected, 3, blockLength);
        AssertRows(file, expected, 3, blockLength);
    }

    [Theory]
    [InlineData("fp8")]
    [InlineData("afq3")]
    [InlineData("mxfp4")]
    [InlineData("hqq4")]
    [InlineData("f8q8")]
    public void Read_AnyRange_SameBytesAsTheWhole(string type)
    {
        using UqffFile file = UqffFile.Open(Fixture.Path("Uqff", $"{type}-0.uqff"));
        WeightEntry entry = file.Find(Key + ".weight")!;
        byte[] whole = new byte[entry.ByteCount];
        file.Read(entry, 0, whole);
        Random random = new(3);
        for (int round = 0; round < 200; round++)
        {
            int start = random.Next(whole.Length), count = random.Next(int.Min(500, whole.Length - start) + 1);
            byte[] part = new byte[count];

            file.Read(entry, start, part);

            Assert.Equal(whole[start..(start + count)], part);
        }
    }

    [Theory]
    [InlineData(5, 64, "AFQ5")]
    [InlineData(4, 16, "AFQ4 with groups of 16")]
    public void Open_AfqThatIsNotSupported_NamesTheKind(int bits, int group, string named)
    {
        string path = Write(UqffParts.Afq(Key, new byte[256 * bits / 8], ("BF16", new byte[256 / group * 2], new byte[256 / group * 2]), (1, 256, bits, group)));

        Assert.Contains(named, Assert.Throws<WeightException>(() => UqffFile.Open(path)).Message, StringComparison.Ordinal);
    }

    // ggml's block knows one zero; the hash was taken with two.
    private static float[] Mxfp4ByFormula()
    {
        using Tensors file = Tensors.Open(Fixture.Path("Uqff", "mxfp4-0.uqff"));
        byte[] pairs = file.Bytes(Key + ".weight"), powers = file.Bytes(Key + ".weight.scales");
        float[] magnitudes = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6];
        return [.. Enumerable.Range(0, 2 * pairs.Length).Select(at =>
        {
            int code = (pairs[at / 2] >> (4 * (at & 1))) & 15;
            return (code < 8 ? magnitudes[code] : -magnitudes[code - 8]) * MathF.ScaleB(1, powers[at / 32] - 127);
        })];
    }

    private static float[] Values(UqffFile file, string key, int rows, int columns)
    {
        using WeightMatrix matrix = Scope(file, key).Matrix("weight", rows, columns);
        float[] values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            matrix.ReadRow(row, values.AsSpan(row * columns, columns));
        }

        return values;
    }

    // One row, and eight at once, with one thread and three: near the exact product, and the same bits.
    private static void AssertProducts(UqffFile file, string key, float[] values, int rows, int columns)
    {
        using WeightMatrix matrix = Scope(file, key).Matrix("weight", rows, columns);
        using ThreadTeam one = new(1), three = new(3);
        Random random = new(2);
        float[] x = [.. Enumerable.Range(0, 8 * columns).Select(_ => random.NextSingle() - 0.5f)], together = new float[8 * rows], alone = new float[rows];
        matrix.Multiply(new Matrix(x, 8, columns), new Matrix(together, 8, rows), three);
        float largest = values.Max(float.Abs);
        for (int t = 0; t < 8; t++)
        {
            matrix.Multiply(new Matrix(x.AsSpan(t * columns, columns), 1, columns), new Matrix(alone, 1, rows), one);
            Assert.Equal(together[(t * rows)..((t + 1) * rows)], alone);
            for (int row = 0; row < rows; row++)
            {
                double exact = 0;
                for (int column = 0; column < columns; column++)
                {
                    exact += (double)values[(row * columns) + column] * x[(t * columns) + column];
                }

                Assert.InRange(alone[row] - exact, -ProductTolerance * largest, ProductTolerance * largest);
            }
        }
    }

    private static void AssertRows(UqffFile file, float[] values, int rows, int columns)
    {
        string name = file.Entries[0].Name;
        RowTable table = Scope(file, name[..^".weight".Length]).Rows("weight", rows, columns);
        float[] row = new float[columns];
        foreach (int index in (int[])[rows - 1, 0, rows / 2])
        {
            table.ReadRow(index, row);
            Assert.Equal(values[(index * columns)..((index + 1) * columns)], row);
        }
    }

    private static WeightScope Scope(UqffFile file, string key) => key.Split('.').Aggregate(new WeightScope(file), (scope, part) => scope.Child(part));

    private string Write(NamedTensor[] layer)
    {
        string path = Path.Combine(_folder, "model-0.uqff");
        SafetensorsWriter.Write(path, [.. UqffParts.Version(), .. layer]);
        return path;
    }

    private static byte[] Pack(int[] codes, int bits)
    {
        byte[] packed = new byte[codes.Length * bits / 8];
        for (int bit = 0; bit < codes.Length * bits; bit++)
        {
            packed[bit / 8] |= (byte)(((codes[bit / bits] >> (bit % bits)) & 1) << (bit % 8));
        }

        return packed;
    }

    private static byte[] Floats(string type, float[] values) => [.. values.SelectMany(value => type switch
    {
        "BF16" => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)),
        "F16" => BitConverter.GetBytes((Half)value),
        _ => BitConverter.GetBytes(value),
    })];

    private static float[] Back(string type, float[] values)
    {
        float[] back = new float[values.Length];
        FloatConvert.ToFloat(WeightTypes.Parse(type)!.Value, Floats(type, values), back);
        return back;
    }
}
