using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>The vectors of the IQ1 to IQ3 types, as numbers: those that gguf 0.19.0 (MIT) lists, one signed byte each.</summary>
internal static unsafe class Codebooks
{
    private const string Resource = "GemmaSharp.Kernels.Blocks.Formats.codebooks.bin";
    private const int Wide = 8;
    private const int Narrow = 4;

    // [256, 8], [512, 8], [1024, 8], [256, 4], [512, 4], [2048, 8], one after the other.
    private static readonly sbyte[] Values = Load();
    private static readonly sbyte* First = (sbyte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Values));

    /// <summary>[256, 8].</summary>
    public static sbyte* IQ2_XXS => First;

    /// <summary>[512, 8].</summary>
    public static sbyte* IQ2_XS => IQ2_XXS + (256 * Wide);

    /// <summary>[1024, 8].</summary>
    public static sbyte* IQ2_S => IQ2_XS + (512 * Wide);

    /// <summary>[256, 4].</summary>
    public static sbyte* IQ3_XXS => IQ2_S + (1024 * Wide);

    /// <summary>[512, 4].</summary>
    public static sbyte* IQ3_S => IQ3_XXS + (256 * Narrow);

    /// <summary>[2048, 8].</summary>
    public static sbyte* IQ1 => IQ3_S + (512 * Narrow);

    /// <summary>Eight signs from an index of 7 bits: the eighth makes the number of negative ones even.</summary>
    public static byte EvenSigns(uint index) => (byte)(index | ((uint)BitOperations.PopCount(index) << 7));

    /// <summary>into[j] = entry[j] * scale, negative where bit j of <paramref name="signs"/> is set; 8 of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Decode8(sbyte* entry, byte signs, float scale, float* into) =>
        Sign(Codes.ToFloat(*(ulong*)entry), signs, scale).Store(into);

    /// <summary>The same for two entries of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Decode4And4(sbyte* first, sbyte* second, byte signs, float scale, float* into)
    {
        ulong both = *(uint*)first | ((ulong)*(uint*)second << 32);
        Sign(Codes.ToFloat(both), signs, scale).Store(into);
    }

    /// <summary>into[j] = (entry[j] + shift) * scale; 8 of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Shift8(sbyte* entry, float shift, float scale, float* into) =>
        ((Codes.ToFloat(*(ulong*)entry) + Vector256.Create(shift)) * Vector256.Create(scale)).Store(into);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sign(Vector256<float> values, byte signs, float scale)
    {
        Vector256<uint> bit = Vector256.Create(1u, 2, 4, 8, 16, 32, 64, 128);
        Vector256<uint> negative = Vector256.Equals(Vector256.Create((uint)signs) & bit, bit) & Vector256.Create(0x8000_0000u);
        return ((values * Vector256.Create(scale)).AsUInt32() ^ negative).AsSingle();
    }

    private static sbyte[] Load()
    {
        using Stream stream = typeof(Codebooks).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not in the assembly");
        sbyte[] values = GC.AllocateUninitializedArray<sbyte>(checked((int)stream.Length), pinned: true);
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
