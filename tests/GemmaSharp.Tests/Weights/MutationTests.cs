using CsCheck;
using GemmaSharp.Loading;
using GemmaSharp.Model.Config;
using GemmaSharp.Tests.Weights.Gguf;
using GemmaSharp.Weights;
using GemmaSharp.Weights.Gguf;
using GemmaSharp.Weights.Safetensors;

namespace GemmaSharp.Tests.Weights;

/// <summary>
/// Random damage to well-formed files: they load or are refused, in bounded memory. GEMMASHARP_MUTATIONS sets how many of each format.
/// </summary>
public sealed class MutationTests
{
    private const string Seed = "0000000000000";
    internal static readonly long Count = long.TryParse(Environment.GetEnvironmentVariable("GEMMASHARP_MUTATIONS"), out long count) ? count : 5000;

    // Bytes that are likely to be lengths, types and bounds beside any others.
    private static readonly Gen<byte> Value = Gen.OneOf(Gen.Byte, Gen.OneOf(new byte[] { 0, 1, 2, 8, 9, 32, 0x7F, 0x80, 0xFF }.Select(Gen.Const).ToArray()));

    [Fact]
    public void Gguf_RandomDamage_LoadsOrIsRefused() => Damage(
        File.ReadAllBytes(Fixture.Path("Gguf", "hostile", "good.gguf")), bytes => GgufReaderTests.Read(bytes).Entries);

    [Fact]
    public void GgufModel_RandomDamage_ConfigAndTokenizerOrRefused()
    {
        string path = Path.GetTempFileName();
        byte[] whole = new GgufBytes().Text("general.architecture", "gemma3n").U32("gemma3n.block_count", 2)
            .U32("gemma3n.embedding_length", 4).U32("gemma3n.feed_forward_length", 64).U32("gemma3n.attention.shared_kv_layers", 0)
            .F32s("gemma3n.activation_sparsity_scale", 1.5f, float.NegativeInfinity)
            .Texts("tokenizer.ggml.tokens", "<pad>", "<eos>", "<bos>", "a", "ab", "<0x41>", "  ", "<end_of_turn>")
            .F32s("tokenizer.ggml.scores", 0, 0, 0, -1, -2, 0, 0, 0).I32s("tokenizer.ggml.token_type", 3, 3, 3, 1, 1, 6, 4, 3)
            .Tensor("token_embd.weight", 4, 9).Tensor("per_layer_token_embd.weight", 4, 10).ToArray();
        Damage(whole, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            using GgufFile file = GgufFile.Open(path);
            GgufTokenizer.Read(file.Header, GgufConfig.Read(file, projector: null)).Encode("ab  <bos>");
            return file.Entries;
        }, share: 10); // each goes through a file
        File.Delete(path);
    }

    [Fact]
    public void Safetensors_RandomDamage_LoadsOrIsRefused() => Damage(
        File.ReadAllBytes(Fixture.Path("Safetensors", "good.safetensors")), bytes =>
        {
            ulong length = bytes.Length < sizeof(ulong) ? 0 : BitConverter.ToUInt64(bytes);
            return bytes.Length >= sizeof(ulong) && length <= (ulong)(bytes.Length - sizeof(ulong))
                ? SafetensorsHeader.Parse(bytes.AsSpan(sizeof(ulong), (int)length), "test", bytes.Length).Entries
                : throw new WeightException("the length of the header");
        });

    private static void Damage(byte[] whole, Func<byte[], IReadOnlyList<WeightEntry>> read, long share = 1)
    {
        Gen<(byte[] Bytes, int Length)> damaged = Gen.Select(
            Gen.Select(Gen.Int[0, whole.Length - 1], Value).Array[1, 6],
            Gen.Int[0, 4 * whole.Length],
            (edits, length) =>
            {
                byte[] bytes = [.. whole];
                foreach ((int place, byte value) in edits)
                {
                    bytes[place] = value;
                }

                return (bytes, int.Min(length, whole.Length));
            });

        damaged.Sample(
            one =>
            {
                byte[] bytes = one.Bytes[..one.Length];
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    foreach (WeightEntry entry in read(bytes))
                    {
                        Assert.InRange(entry.Offset, 0, bytes.Length - entry.ByteCount);
                    }
                }
                catch (WeightException error)
                {
                    Assert.DoesNotContain('\n', error.Message);
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, bytes.Length + GgufReaderTests.MostExtraBytes);
            },
            seed: Seed,
            iter: Count / share,
            threads: 1);
    }
}
