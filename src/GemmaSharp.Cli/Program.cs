Console.Error.WriteLine("gemmasharp");
return 1;
