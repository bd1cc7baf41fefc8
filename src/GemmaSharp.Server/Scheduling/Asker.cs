using System.Net;

namespace GemmaSharp.Server.Scheduling;

/// <summary>Who asks, as far as turns go.</summary>
/// <param name="Key">The number of the key; what it leaves in caches serves it alone.</param>
/// <param name="Address">Where no key is asked for, the address that the request comes from.</param>
internal readonly record struct Asker(int Key, IPAddress? Address = null);
