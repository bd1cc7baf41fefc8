using System.Runtime.Intrinsics;

namespace GemmaSharp.Kernels.Blocks;

/// <summary>A storage form of weights: its size in a file and how consecutive ones become float32.</summary>
internal unsafe interface IWeightBlock
{
    /// <summary>Bytes of one weight.</summary>
    static abstract int Bytes { get; }

    /// <summary>Eight weights from <paramref name="from"/>, lane i = weight i.</summary>
    static abstract Vector256<float> Load8(byte* from);

    /// <summary>Sixteen weights from <paramref name="from"/>, lane i = weight i, the same bits as by eights.</summary>
    static abstract Vector512<float> Load16(byte* from);

    /// <summary>One weight.</summary>
    static abstract float Load(byte* from);
}
