using BenchmarkDotNet.Running;
using GemmaSharp.Benchmarks;

switch (args)
{
    case ["pocket", .. string[] rest]:
        return PocketRun.Start(rest);
    case ["products", .. string[] rest]:
        return ProductRun.Start(rest);
    case ["quants", .. string[] rest]:
        return QuantRun.Start(rest);
    case ["attend", .. string[] rest]:
        return AttendRun.Start(rest);
    case ["drafts", .. string[] rest]:
        return DraftRun.Start(rest);
    case ["towers", .. string[] rest]:
        return TowerRun.Start(rest);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
