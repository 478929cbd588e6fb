#include <neohebb/data/events/dvs_gesture.hpp>

#include "catch.hpp"
#include "support/events.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;
using support::put_file;
using support::TemporaryFolder;
using support::text;

namespace {

void put(const TemporaryFolder& folder, const std::string& name, const Bytes& bytes = {0}) {
  const std::string path = folder / name;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  put_file(path, bytes);
}

/// A DVS128 recording: packets of two polarity events, with a special packet in between.
Bytes aedat3(const std::vector<Event>& events) {
  using support::join, support::little;
  const auto header = [](std::int64_t type, std::int64_t size, std::int64_t n) {
    return join(little(type, 2), little(1, 2), little(size, 4), little(4, 4), little(0, 4), little(n, 4),
                little(n, 4), little(n, 4));
  };
  Bytes all = text("#!AER-DAT3.1\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n");
  for (std::size_t k = 0; k < events.size(); k += 2) {
    const std::size_t n = std::min<std::size_t>(2, events.size() - k);
    all = join(all, header(1, 8, static_cast<std::int64_t>(n)));
    for (std::size_t j = k; j < k + n; ++j) {
      const Event& e = events[j];
      const std::int64_t data = 1 | e.polarity << 1 | e.y << 2 | std::int64_t{e.x} << 17;
      all = join(all, little(data, 4), little(e.t, 4));
    }
    all = join(all, header(0, 8, 1), little(1, 4), little(events[k].t, 4));
  }
  return all;
}

}  // namespace

TEST_CASE("N-MNIST's files are listed by number, with digit and image", "[data]") {
  const TemporaryFolder folder;
  put(folder, "Train/5/00001.bin");
  put(folder, "Train/0/00002.bin");
  put(folder, "Train/5/00012.bin");
  put(folder, "Train/5/00012.txt");
  put(folder, "Train/readme/none.bin");
  put(folder, "Test/7/00001.bin");
  const auto all = list_nmnist(folder / "", "Train");
  REQUIRE(all.size() == 3);
  CHECK(all[0] == LabelledRecording{folder / "Train/5/00001.bin", 5, 0});
  CHECK(all[1] == LabelledRecording{folder / "Train/0/00002.bin", 0, 1});
  CHECK(all[2] == LabelledRecording{folder / "Train/5/00012.bin", 5, 11});
  CHECK(list_nmnist(folder / "", "Test").size() == 1);
}

TEST_CASE("a folder that is not N-MNIST's says what is wrong", "[data]") {
  const TemporaryFolder folder;
  CHECK(
      contains(error_of([&] { list_nmnist(folder / "", "Train"); }), "Train: is no folder; N-MNIST's holds"));
  std::filesystem::create_directories(folder / "Train/x");
  CHECK(contains(error_of([&] { list_nmnist(folder / "", "Train"); }), "none of the folders 0 to 9"));
  std::filesystem::create_directories(folder / "Train/3");
  CHECK(contains(error_of([&] { list_nmnist(folder / "", "Train"); }), "hold no .bin file"));
  put(folder, "Train/3/00007.bin");
  put(folder, "Train/4/7.bin");
  CHECK(contains(error_of([&] { list_nmnist(folder / "", "Train"); }), "has the number of"));
  put(folder, "Train/3/00000.bin");
  CHECK(contains(error_of([&] { list_nmnist(folder / "", "Train"); }), "00000.bin: the name is no number"));
  for (const char* name : {"a.bin", "0x1.bin", "-3.bin", ".bin", "99999999999999999999.bin"})
    CHECK(contains(error_of([&] { mnist_index(name); }), "is no number from 1 on"));
}

TEST_CASE("a folder with labels.csv is listed in its order", "[data]") {
  const TemporaryFolder folder;
  put(folder, "b.bs2");
  put(folder, "a.bs2");
  put(folder, "labels.csv", text("file,class_1based,name\r\nb.bs2,1,clap\r\n\r\na.bs2,11,other\r\n"));
  CHECK(list_labelled_folder(folder / "") ==
        std::vector<LabelledRecording>{{folder / "b.bs2", 0, 0}, {folder / "a.bs2", 10, 1}});
  put(folder, "labels.csv", text("label,note,file\n0,,a.bs2"));
  CHECK(list_labelled_folder(folder / "") == std::vector<LabelledRecording>{{folder / "a.bs2", 0, 0}});
  const auto error = [&](const std::string& csv) {
    put(folder, "labels.csv", text(csv));
    return error_of([&] { list_labelled_folder(folder / ""); });
  };
  CHECK(contains(error("file,class\na.bs2,1"), "labels.csv, line 1: names no columns `file` and `label`"));
  CHECK(contains(error("file,label\na.bs2"), "line 2: has 1 fields"));
  CHECK(contains(error("file,label\na.bs2,one"), "line 2: label \"one\" is no number from 0 on"));
  CHECK(contains(error("file,label\na.bs2,-1"), "label \"-1\""));
  CHECK(contains(error("file,class_1based\na.bs2,0"), "label \"0\" is no number from 1 on"));
  CHECK(contains(error("file,label\na.bs2,1\nc.bs2,1"), "line 3: " + (folder / "c.bs2") + " is not there"));
  CHECK(contains(error("file,label\n"), "names no recording"));
  CHECK(contains(error(""), "names no recording"));
  CHECK(contains(error_of([&] { list_labelled_folder(folder / "x"); }), "labels.csv: cannot be read"));
}

TEST_CASE("gesture tables give labels from 0, and say what is wrong", "[data]") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& csv) {
    put(folder, "t.csv", text(csv));
    return error_of([&] { read_gesture_labels(folder / "t.csv"); });
  };
  const std::string header = "class,startTime_usec,endTime_usec\n";
  CHECK(error(header + "1,100,200\n11,300,400\r\n\n") == "no error");
  CHECK(read_gesture_labels(folder / "t.csv") == std::vector<GestureTrial>{{0, 100, 200}, {10, 300, 400}});
  CHECK(contains(error("class,start,end\n"), "t.csv, line 1: the header is not"));
  CHECK(contains(error(header + "1,2\n"), "line 2: is no three whole numbers: 1,2"));
  CHECK(contains(error(header + "1,2,3x\n"), "line 2: is no three"));
  CHECK(contains(error(header + "12,2,3\n"), "class 12 is not from 1 to 11"));
  CHECK(contains(error(header + "0,2,3\n"), "class 0 is not"));
  CHECK(contains(error(header + "1,3,3\n"), "ends at 3 µs, not after its start at 3"));
  CHECK(contains(error(""), "is empty"));
  CHECK(contains(error_of([&] { read_gesture_labels(folder / "none.csv"); }), "cannot be read"));
}

TEST_CASE("a gesture folder's trials are cut out of its recordings in one pass", "[data]") {
  const TemporaryFolder folder;
  std::vector<Event> events;
  for (std::uint16_t k = 0; k < 500; ++k)
    events.push_back({1000 + 10 * k, static_cast<std::uint16_t>(k % 128), static_cast<std::uint16_t>(k % 77),
                      static_cast<std::uint8_t>(k % 2)});
  put(folder, "user01_led.aedat", aedat3(events));
  // Out of order, overlapping, empty, before the first event and beyond the last.
  put(folder, "user01_led_labels.csv",
      text("class,startTime_usec,endTime_usec\n2,3000,4005\n1,1100,2000\n3,3500,3600\n4,2001,2004\n5,5900,"
           "9000\n"
           "6,7000,8000\n7,0,1010\n8,0,10\n"));
  put(folder, "trials_to_train.txt", text("user01_led.aedat\r\n\n"));
  const auto recordings = list_gesture_recordings(folder / "", "trials_to_train.txt");
  REQUIRE(recordings ==
          std::vector<GestureRecording>{{folder / "user01_led.aedat", folder / "user01_led_labels.csv"}});
  const auto trials = read_gesture_labels(recordings[0].labels);
  EventReader reader(recordings[0].events);
  CHECK(reader.format() == EventFormat::aedat3);
  std::vector<int> seen(trials.size(), 0);
  for_each_trial(reader, trials, [&](std::size_t k, std::vector<Event>& cut) {
    ++seen[k];
    std::vector<Event> expected;
    for (const Event& e : events)
      if (e.t >= trials[k].begin && e.t < trials[k].end) expected.push_back(e);
    CHECK(cut == expected);
  });
  CHECK(seen == std::vector<int>(trials.size(), 1));

  CHECK(contains(error_of([&] { list_gesture_recordings(folder / "", "trials_to_test.txt"); }),
                 "trials_to_test.txt: cannot be read"));
  put(folder, "trials_to_test.txt", text("user01_led.aedat\nuser02_led.aedat\n"));
  CHECK(contains(error_of([&] { list_gesture_recordings(folder / "", "trials_to_test.txt"); }),
                 "line 2: " + (folder / "user02_led.aedat") + " is not there"));
  put(folder, "user02_led.aedat");
  CHECK(contains(error_of([&] { list_gesture_recordings(folder / "", "trials_to_test.txt"); }),
                 "user02_led_labels.csv is not there"));
  put(folder, "trials_to_test.txt", text("\n"));
  CHECK(contains(error_of([&] { list_gesture_recordings(folder / "", "trials_to_test.txt"); }),
                 "names no recording"));
}

TEST_CASE("the ten gesture clips are listed with their classes", "[data]") {
  const std::string folder = support::shared_folder() + "/data/dvsgesture";
  if (!std::filesystem::exists(folder)) {
    std::puts(("skipped: no " + folder).c_str());
    return;
  }
  const auto clips = list_labelled_folder(folder);
  REQUIRE(clips.size() == 10);
  for (std::size_t k = 0; k < 10; ++k) {
    CHECK(clips[k].label == static_cast<int>(k));
    CHECK(clips[k].path == folder + "/" + std::to_string(k + 1) + ".bs2");
  }
}
