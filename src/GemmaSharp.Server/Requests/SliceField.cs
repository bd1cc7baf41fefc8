using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;

namespace GemmaSharp.Server.Requests;

/// <summary>The slice of the model that a request asks for.</summary>
internal static class SliceField
{
    /// <summary>Reads it; null where none is named.</summary>
    /// <exception cref="ApiException">There is no such slice, or it does not fit the model.</exception>
    public static string? Read(Fields fields, GemmaEngine engine)
    {
        string? slice = fields.Text("slice");
        try
        {
            engine.CheckSlice(slice);
            return slice;
        }
        catch (InvalidDataException error)
        {
            throw ApiException.Bad(error.Message, fields.PathOf("slice"), "slice_not_found");
        }
    }
}
