using GemmaSharp.Kernels.Quants;

namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// Cached values as a panel [columns, 32 lanes], the shape of a product's weights: keys have a lane a token and a column a dimension, values a
/// lane a dimension and a column a token.
/// </summary>
internal unsafe interface ICachePanel
{
    /// <summary>Bytes of a panel.</summary>
    static abstract int Bytes(int columns);

    /// <summary>Where a column lies; memory ahead of it is asked for.</summary>
    static abstract nint Offset(nint column);

    /// <summary>The lanes of a column from <paramref name="lane"/> below 16 on, and those 16 above them, as float32.</summary>
    static abstract (TVector Lower, TVector Upper) Load<TLanes, TVector>(byte* panel, nint column, nint lane)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;
}

/// <summary>A panel of keys, written a lane at a time.</summary>
internal unsafe interface IKeyPanel : ICachePanel
{
    /// <summary>Stores a key of columns values as a lane.</summary>
    static abstract void WriteLane(byte* panel, int lane, float* key, int columns);
}

/// <summary>A panel of values, written a column at a time.</summary>
internal unsafe interface IValuePanel : ICachePanel
{
    /// <summary>Stores 32 values as a column.</summary>
    static abstract void WriteColumn(byte* panel, int column, float* values);
}
