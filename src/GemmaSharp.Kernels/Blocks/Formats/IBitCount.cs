namespace GemmaSharp.Kernels.Blocks.Formats;

/// <summary>Bits of a code, known when code is compiled.</summary>
internal interface IBitCount
{
    /// <summary>The number.</summary>
    static abstract int Bits { get; }
}

/// <summary>2.</summary>
internal readonly struct Two : IBitCount
{
    public static int Bits => 2;
}

/// <summary>3.</summary>
internal readonly struct Three : IBitCount
{
    public static int Bits => 3;
}

/// <summary>4.</summary>
internal readonly struct Four : IBitCount
{
    public static int Bits => 4;
}

/// <summary>6.</summary>
internal readonly struct Six : IBitCount
{
    public static int Bits => 6;
}

/// <summary>8.</summary>
internal readonly struct Eight : IBitCount
{
    public static int Bits => 8;
}
