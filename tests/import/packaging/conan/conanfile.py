"""Conan 2: `conan create tests/import/packaging/conan --version=0.2.0` in a checkout. The version must be the checkout's."""
import os

from conan import ConanFile
from conan.tools.files import copy
from conan.tools.layout import basic_layout


class Neohebb(ConanFile):
    name = "neohebb"
    description = "local learning in spiking and Hebbian networks, a C++20 library of headers"
    license = "MIT"
    topics = ("spiking-neural-networks", "hebbian-learning", "e-prop", "event-camera", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True
    implements = ["auto_header_only"]

    def export_sources(self):
        checkout = os.path.join(self.recipe_folder, *[os.pardir] * 4)
        copy(self, "include/*.hpp", src=checkout, dst=self.export_sources_folder)
        copy(self, "LICENSE", src=checkout, dst=self.export_sources_folder)

    def layout(self):
        basic_layout(self)

    def requirements(self):
        self.requires("eigen/[>=3.4.0 <6]", transitive_headers=True)

    def package_id(self):
        self.info.clear()

    def package(self):
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", src=os.path.join(self.source_folder, "include"), dst=os.path.join(self.package_folder, "include"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "neohebb")
        self.cpp_info.set_property("cmake_target_name", "neohebb::neohebb")
        self.cpp_info.set_property("pkg_config_name", "neohebb")
        if self.settings.get_safe("os") in ("Linux", "FreeBSD"):
            self.cpp_info.system_libs = ["pthread"]
